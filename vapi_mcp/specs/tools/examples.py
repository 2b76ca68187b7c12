"""Examples of arguments that are hard to guess: `examples.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, RootModel

from vapi_mcp.json_paths import parse_keys

# What decides which form an object has.
_TAGS = ("provider", "type", "on")


class Example(BaseModel):
    """Values of one argument.

    path: the argument. tools: those that take it. beside: what a call needs besides to work; a
    `type` there says when they apply. values: the likeliest first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    tools: list[str]
    beside: dict[str, Any]
    values: list[Any] = Field(min_length=2)

    def is_about(self, path: str) -> bool:
        """Return whether they stand at a path or on the way of it, or it on theirs."""
        asked, own = parse_keys(path), parse_keys(self.path)
        shared = min(len(asked), len(own))
        return bool(asked) and asked[:shared] == own[:shared]

    def fits(self, arguments: Mapping[str, Any]) -> bool:
        """Return whether they apply beside other arguments."""
        kind = self.beside.get("type")
        return kind is None or arguments.get("type", kind) == kind

    def pair(self, given: Any) -> list[dict[str, Any]]:
        """Return two examples, those of the form of a given value first."""
        likely = sorted(self.values, key=lambda value: not _tags(value) & _tags(given))
        return [self.arguments(value) for value in likely[:2]]

    def all(self) -> list[dict[str, Any]]:
        """Return all examples, as the arguments that they are."""
        return [self.arguments(value) for value in self.values]

    def arguments(self, value: Any) -> dict[str, Any]:
        """Return a value where it belongs, beside the type that it applies to."""
        for name in reversed(parse_keys(self.path)):
            value = {name: value}
        kind = self.beside.get("type")
        return {"type": kind, **value} if kind else value


class ExamplesFile(RootModel[list[Example]]):
    """The file."""

    def of(self, tool: str) -> tuple[Example, ...]:
        """Return the examples for one tool."""
        return tuple(each for each in self.root if tool in each.tools)


def _tags(value: Any) -> set[str]:
    parts = cast("list[Any]", value) if isinstance(value, list) else [value]
    objects = [cast("dict[str, Any]", part) for part in parts if isinstance(part, dict)]
    return {str(each[tag]) for each in objects for tag in _TAGS if tag in each}

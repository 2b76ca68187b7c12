"""Values that stand for nothing: nulls, and empty texts where only a value makes sense.

Frameworks fill what was left out with null; strict clients without null, with "", [] and {}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from vapi_mcp.invocation.arguments.left_out.emptiness import (
    Emptiness,
    declared_as,
    is_blank,
    may_hold_nothing,
    parts_of,
)
from vapi_mcp.json_paths import Path, format_place
from vapi_mcp.registry.arguments import Argument
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.validation import Violation

NOTHING: Final = object()

_MOST_NAMED = 12
_DEEPEST = 64


@dataclass(slots=True)
class Absence:
    """Takes out of a call's arguments what stands for nothing, and remembers where it was.

    Free objects, as metadata, keep what they hold: it is their owner's data.
    """

    tool: Tool
    facts: Facts
    _emptiness: Emptiness = field(init=False)
    _nulls: list[str] = field(default_factory=list[str])
    _empties: list[str] = field(default_factory=list[str])
    _emptied: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._emptiness = Emptiness(self.facts, self.tool.spec.effect)

    def given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments that say something; what the tool does not have stays."""
        if self.tool.spec.effect == "update":
            self._nulls += [name for name in arguments if self._is_null_body(name, arguments)]
        found = {name: value for name, value in arguments.items() if value is not None}
        known = self.tool.arguments
        kept = {n: _without_empty_items(known[n], v) if n in known else v for n, v in found.items()}
        empty = {n for n, v in kept.items() if n in known and self._is_empty(known[n], v)}
        empty.update(self._emptiness.needless(kept))
        self._empties += sorted(empty)
        return {name: value for name, value in kept.items() if name not in empty}

    def within(self, argument: Argument, value: Any) -> Any:
        """Return a repaired value without the parts that say nothing; NOTHING if none does."""
        if argument.place != "body":
            return self._without_empty_list(argument, value)
        if isinstance(value, str) and not value:
            self._note_emptied(argument.name)
        if not isinstance(value, dict | list) or not may_hold_nothing(value):
            return value
        if not argument.required and self._emptiness.is_hollow(argument.schema, value):
            self._note_hollow(argument.name, value)
            return NOTHING
        left = self._walked(argument.schema, value, (argument.name,))
        return left if left or not value or argument.required else NOTHING

    def left_out(self, finding: Violation) -> None:
        """Remember an unknown property that held nothing and was taken out elsewhere."""
        (self._nulls if finding.value is None else self._empties).append(finding.place)

    def warnings(self) -> list[str]:
        """Return the note on what an update erases; it comes before the others."""
        if not self._emptied:
            return []
        return [f"An empty text replaces what is saved: {_few(self._emptied)}."]

    def notes(self) -> list[str]:
        """Return one note on nulls and one on empty values."""
        told = [f"null means left out: {_few(self._nulls)}."] if self._nulls else []
        told += [f"Empty, so left out: {_few(self._empties)}."] if self._empties else []
        if told and "clear" in self.tool.arguments:
            told[-1] += " To empty a property, name it in clear."
        return told

    def _without_empty_list(self, argument: Argument, value: Any) -> Any:
        left = _without_empty_items(argument, value)
        if left == [] and not argument.required:
            self._empties.append(argument.name)
            return NOTHING
        return left

    def _is_null_body(self, name: str, arguments: Mapping[str, Any]) -> bool:
        argument = self.tool.arguments.get(name)
        return arguments[name] is None and argument is not None and argument.place == "body"

    def _is_empty(self, argument: Argument, value: Any) -> bool:
        match argument.place:
            case "path":
                return False
            case "body":
                if value == [] and self.tool.spec.effect == "delete":
                    return True
                return is_blank(value) and self._emptiness.means_nothing(
                    argument.name, [argument.schema]
                )
            case _:
                return is_blank(value) or value == []

    def _walked(self, schema: Schema, value: Any, path: Path) -> Any:
        if len(path) > _DEEPEST:
            return value
        if isinstance(value, list):
            arrays = [v for v in self.facts.variants(schema) if "items" in v]
            items = enumerate(cast("list[Any]", value))
            below = arrays[0]["items"] if arrays else {}
            return [self._walked(below, item, (*path, index)) for index, item in items]
        if not isinstance(value, dict):
            return value
        return self._properties(schema, cast("dict[str, Any]", value), path)

    def _properties(self, schema: Schema, value: dict[str, Any], path: Path) -> dict[str, Any]:
        meant = self._emptiness.meant(schema, value)
        kept: dict[str, Any] = {}
        for name, item in value.items():
            declared = declared_as(meant, name)
            left = self._part(meant, declared, item, (*path, name)) if declared else item
            if left is not NOTHING:
                kept[name] = left
        needless = self._emptiness.needless(kept)
        self._empties += [format_place((*path, name)) for name in sorted(needless)]
        return {name: item for name, item in kept.items() if name not in needless}

    def _part(self, meant: list[Schema], declared: list[Schema], item: Any, path: Path) -> Any:
        """Return what is left of a property, NOTHING where it may be left out and says nothing."""
        name = str(path[-1])
        is_required = any(name in each.get("required", ()) for each in meant)
        if item is None and not is_required and not self._emptiness.is_nullable(declared):
            self._nulls.append(format_place(path))
            return NOTHING
        if is_blank(item) and not is_required and self._emptiness.means_nothing(name, declared):
            self._empties.append(format_place(path))
            return NOTHING
        if item == "":
            self._note_emptied(format_place(path))
        if not isinstance(item, dict | list):
            return item
        if not is_required and self._emptiness.is_hollow({"oneOf": declared}, item):
            self._note_hollow(format_place(path), item)
            return NOTHING
        left = self._walked({"oneOf": declared} if len(declared) > 1 else declared[0], item, path)
        return left if left or not item or is_required else NOTHING

    def _note_hollow(self, place: str, value: Any) -> None:
        is_null = any(part is None for part in parts_of(value))
        (self._nulls if is_null else self._empties).append(place)

    def _note_emptied(self, place: str) -> None:
        if self.tool.spec.effect == "update":
            self._emptied.append(place)


def _without_empty_items(argument: Argument, value: Any) -> Any:
    """Return a list of a filter or of ours without its empty texts; all else as it is."""
    if argument.place in ("path", "body") or not isinstance(value, list):
        return value
    return [item for item in cast("list[Any]", value) if not is_blank(item)]


def _few(places: list[str]) -> str:
    more = len(places) - _MOST_NAMED
    return ", ".join(places[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

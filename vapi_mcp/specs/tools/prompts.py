"""Ready-made workflows: the Markdown files of `tool_specs/prompts/`, read strictly.

A file begins with its facts (YAML between two `---`). What follows is what a model reads: text,
and under each heading that is a tool's name, one line of JSON: the arguments of the call. In text
and arguments `{{name}}` is an argument of the prompt, `<words>` is for the model to fill in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vapi_mcp.errors import SpecError
from vapi_mcp.json_paths import format_keys
from vapi_mcp.specs.documents import parse_document
from vapi_mcp.specs.location import specs_directory

_FOLDER = "prompts"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_TOOL = re.compile(r"([a-z0-9_]+)(?: \((optional)\))?")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Suggest(_Strict):
    """The list tool whose items complete an argument, each by the first of these keys that fits."""

    tool: str
    keys: tuple[str, ...] = Field(min_length=1)


class PromptArgument(_Strict):
    """What a user fills in.

    default: what stands for it when it is left out; without one it is required. A number has
    bounds.
    """

    description: str = Field(min_length=5, max_length=100)
    default: int | str | None = None
    minimum: int | None = None
    maximum: int | None = None
    suggest: Suggest | None = None


class _Facts(_Strict):
    title: str = Field(min_length=3, max_length=60)
    description: str = Field(min_length=30, max_length=300)
    arguments: dict[str, PromptArgument]


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a prompt: a call to make, or words under a heading of their own.

    tool: None for words alone. arguments: those of the call, with gaps. is_optional: the rest
    makes sense where the tool is out of reach.
    """

    heading: str
    text: str
    tool: str | None = None
    arguments: Any = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """A workflow to start from: what the user fills in, and the steps in their order."""

    name: str
    title: str
    description: str
    arguments: dict[str, PromptArgument]
    opening: str
    steps: tuple[Step, ...]


@cache
def load_prompts(directory: Path | None = None) -> tuple[Prompt, ...]:
    """Read every prompt, in the order of their names (once a process).

    Raises:
        SpecError: A file breaks the form; the message names the file and the place.
    """
    folder = (directory or specs_directory()) / _FOLDER
    return tuple(_read(path) for path in sorted(folder.glob("*.md")))


def _read(path: Path) -> Prompt:
    nothing, rule, rest = path.read_text("utf-8").partition("---\n")
    head, end, body = rest.partition("\n---\n")
    if nothing or not rule or not end:
        raise SpecError(f"{path.name} must begin with its facts between two lines of ---")
    try:
        facts = _Facts.model_validate(parse_document(head, path.name))
    except ValidationError as error:
        first = error.errors()[0]
        place = format_keys(first["loc"])
        raise SpecError(f"{path.name}: {place}: {first['msg']}") from error
    opening, *parts = _HEADING.split(body)
    steps = tuple(
        _step(path.name, heading, text.strip())
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    )
    description = " ".join(facts.description.split())
    return Prompt(path.stem, facts.title, description, facts.arguments, opening.strip(), steps)


def _step(file: str, heading: str, text: str) -> Step:
    named = _TOOL.fullmatch(heading)
    if named is None:
        return Step(heading, text)
    first, _, rest = text.partition("\n")
    try:
        arguments = orjson.loads(first)
    except orjson.JSONDecodeError as error:
        raise SpecError(f"{file}: {heading}: its first line is the JSON of a call") from error
    return Step(named[1], rest, named[1], arguments, is_optional=named[2] is not None)

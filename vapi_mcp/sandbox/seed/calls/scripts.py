"""Scripts of conversations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import Template
from typing import Any, Literal

import orjson

from vapi_mcp.sandbox.seed.texts import script_source

LineKind = Literal["bot", "user", "tool", "handoff"]
_SPEAKERS: dict[str, LineKind] = {"A": "bot", "U": "user"}


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a conversation.

    `text` is what is said, the tool's name, or the key of the assistant who takes over;
    `arguments` and `result` are JSON text and belong to tools.
    """

    kind: LineKind
    text: str
    arguments: str = ""
    result: str = ""

    def filled(self, scene: dict[str, str]) -> Line:
        """Return the line with its `$placeholders` replaced from a scene."""

        def fill(text: str) -> str:
            return Template(text).safe_substitute(scene) if "$" in text else text

        return Line(self.kind, fill(self.text), fill(self.arguments), fill(self.result))


@dataclass(frozen=True, slots=True)
class Script:
    """A conversation with placeholders, and what is known about it.

    `facts` holds the header's fields: `ended` (the reason it ends), `summary`, `success`, `data`
    (JSON), and the results of structured outputs (`empathy`, `resolved`, `booked`, …).
    """

    key: str
    facts: dict[str, str]
    lines: tuple[Line, ...]

    def fact(self, name: str, scene: dict[str, str]) -> Any:
        """Return a header field, filled and read as JSON where it is JSON; None without one."""
        if name not in self.facts:
            return None
        text = Template(self.facts[name]).safe_substitute(scene)
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text


@cache
def scripts_of(name: str) -> dict[str, Script]:
    """Read one file of scripts.

    A script starts with `@ key`, then `field: value` lines, an empty line, and its steps: `A:` the
    assistant, `U:` the caller, `! tool {arguments} => {result}`, `> assistant` a handoff.
    """
    blocks = script_source(name).split("\n@ ")
    scripts = [_read_script(block) for block in blocks[1:]]
    return {script.key: script for script in scripts}


def _read_script(block: str) -> Script:
    head, _, body = block.partition("\n\n")
    key, *fields = head.split("\n")
    facts = dict(field.split(": ", 1) for field in fields)
    lines = tuple(_read_line(line) for line in body.split("\n") if line.strip())
    return Script(key.strip(), facts, lines)


def _read_line(line: str) -> Line:
    mark, _, rest = line.partition(" ")
    if mark == "!":
        call, _, result = rest.partition(" => ")
        name, _, arguments = call.partition(" ")
        return Line("tool", name, arguments, result)
    if mark == ">":
        return Line("handoff", rest)
    return Line(_SPEAKERS[mark.rstrip(":")], rest)

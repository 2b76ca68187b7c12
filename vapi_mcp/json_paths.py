r"""Paths into JSON values: the one place that parses, formats and resolves them.

A path is a tuple of steps: keys of objects and positions in lists. Its text has one of four forms:

* keys, `artifact.messages.message`: a list stands for each of its items (`fields`);
* part, `artifact.messages.17.a\.b`: exact; a dot or backslash inside a key has a backslash before
  it, an empty key is `\e`, and the whole value is `.` (`part`);
* place, `messages[17].message`: where an error or a note points, and where Vapi's errors point;
* schema, `model[openai].messages[]`: brackets choose a member of a union or the items of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

Path: TypeAlias = tuple[str | int, ...]
# A path that was read: positions are text as well, as `3` may be a key.
TextPath: TypeAlias = tuple[str, ...]

WHOLE = "."
MISSING: Final = object()

_PART_STEP = re.compile(r"(?:[^\\.]|\\.)*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r"([\\.])")
_PLACE_STEP = re.compile(r"[^.\[\]]+")
_SCHEMA_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")
_DOTTED_POSITION = re.compile(r"\.(\d+)(?=\.|$)")
_POSITION = re.compile(r"\[\d+\]")


def parse_keys(text: str) -> TextPath:
    """Return the steps of keys with dots between them."""
    return tuple(text.split("."))


def format_keys(path: Iterable[str | int]) -> str:
    """Return a path as its steps with dots between them, nothing escaped."""
    return ".".join(map(str, path))


def below(parent: str, name: str) -> str:
    """Return the text of a property of an object; an empty parent is the whole value."""
    return f"{parent}.{name}" if parent else name


def with_parents(text: str) -> list[str]:
    """Return keys and all that lead to them, outermost first: `a`, `a.b`, `a.b.c`."""
    path = parse_keys(text)
    return [format_keys(path[: length + 1]) for length in range(len(path))]


def without_positions(path: Iterable[str]) -> TextPath:
    """Return the keys of a path that was read."""
    return tuple(step for step in path if not step.isdecimal())


def parse_part(text: str) -> TextPath:
    """Return the steps of an escaped path."""
    if text in ("", WHOLE):
        return ()
    steps: list[str] = []
    at = -1
    while at < len(text):
        match = _PART_STEP.match(text, at + 1)
        steps.append(_unescaped(match.group() if match else ""))
        at = match.end() if match else len(text)
    return tuple(steps)


def format_part(path: Sequence[str]) -> str:
    """Return an escaped path, which `parse_part` reads back."""
    return ".".join(map(escaped, path)) if path else WHOLE


def escaped(step: str) -> str:
    """Return one step as it is written in an escaped path."""
    return _TO_ESCAPE.sub(r"\\\1", step) or r"\e"


def parse_place(text: str) -> TextPath:
    """Return the steps of a place, brackets read as dots."""
    return tuple(_PLACE_STEP.findall(text))


def format_place(path: Iterable[str | int]) -> str:
    """Return a path as people write it: `model.messages[0].role`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def with_brackets(text: str) -> str:
    """Return a place with brackets around the positions that stand between dots."""
    return _DOTTED_POSITION.sub(r"[\1]", text)


def without_brackets(text: str) -> str:
    """Return a place without its positions: all items of a list are one."""
    return _POSITION.sub("", text)


def first_step(text: str) -> tuple[str, str]:
    """Return the outermost name of a place, and the text after it with its dot or bracket."""
    end = next((at for at, character in enumerate(text) if character in ".["), len(text))
    return text[:end], text[end:]


def parse_schema_path(text: str) -> list[tuple[str, str | None]] | None:
    """Return the steps of a path into a schema: a name, or a choice whose name is empty.

    None if the text is no such path.
    """
    if _SCHEMA_STEP.sub("", text):
        return None
    return [(step[1] or "", step[2]) for step in _SCHEMA_STEP.finditer(text)]


def format_choice(path: str, label: str) -> str:
    """Return the schema path of a member of a union; with no label, of the items of a list."""
    return f"{path}[{label}]"


def child(value: Any, step: str | int) -> Any:
    """Return what one step leads to, MISSING if nothing."""
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value).get(cast("str", step), MISSING)
    if not isinstance(value, list) or not str(step).isdecimal():
        return MISSING
    items, position = cast("list[Any]", value), int(step)
    return items[position] if position < len(items) else MISSING


def resolve(value: Any, path: Iterable[str | int]) -> Any:
    """Return what a path leads to, MISSING if nothing."""
    *_, found = visited(value, path)
    return found


def visited(value: Any, path: Iterable[str | int]) -> Iterator[Any]:
    """Yield a value and what each step leads to; the first MISSING is the last."""
    yield value
    for step in path:
        value = child(value, step)
        yield value
        if value is MISSING:
            return


def _unescaped(step: str) -> str:
    return "" if step == r"\e" else _ESCAPED.sub(r"\1", step)

r"""Where a part of a JSON value stands: keys and positions with dots between them.

`artifact.messages.17.message`; a dot or backslash inside a key has a backslash before it, an empty
key is `\\e`, and the whole value is `.`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any, TypeAlias

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.specs.nearness import near_names

Path: TypeAlias = tuple[str, ...]

WHOLE = "."

_SEGMENT = re.compile(r"(?:[^\\.]|\\.)*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MOST_NAMES = 20
_MOST_CHARACTERS = 1000


def read_path(text: str) -> Path:
    """Return the keys and positions of a path."""
    if text in ("", WHOLE):
        return ()
    segments: list[str] = []
    at = -1
    while at < len(text):
        match = _SEGMENT.match(text, at + 1)
        segments.append(_unescaped(match.group() if match else ""))
        at = match.end() if match else len(text)
    return tuple(segments)


def written_path(path: Sequence[str]) -> str:
    """Return a path as text, which `read_path` reads back."""
    return ".".join(map(_escaped, path)) if path else WHOLE


def leads_into(path: Sequence[str], known: Iterable[str]) -> bool:
    """Say whether a path leads to one of the known dotted ones, or inside; positions aside."""
    keys = [segment for segment in path if not segment.isdecimal()]
    return any(keys[: len(names)] == names for names in (each.split(".") for each in known))


def shown_path(path: Sequence[str], untrusted: Iterable[str], known: Collection[str] = ()) -> str:
    """Return a dotted path that a note may quote: below an untrusted one, no key of outsiders.

    known: keys of ours, which may stand at the end of any path.
    """
    keys = [segment for segment in path if not segment.isdecimal()]
    for root in untrusted:
        names = root.split(".")
        if keys[: len(names)] == names and len(keys) > len(names):
            return f"{root}.….{keys[-1]}" if keys[-1] in known else f"{root}.…"
    return ".".join(path)


def part_at(value: Any, path: Path, untrusted: Sequence[str] = ()) -> Any:
    """Return the part of a value.

    untrusted: dotted paths whose keys outsiders chose; no error quotes them.

    Raises:
        InvalidArguments: There is none; it says how far the path leads and what is there.
    """
    for depth, segment in enumerate(path):
        if isinstance(value, dict) and segment in value:
            value = value[segment]
        elif isinstance(value, list) and segment.isdecimal() and int(segment) < len(value):
            value = value[int(segment)]
        else:
            raise _missing(value, path, depth, is_quoted=not leads_into(path[:depth], untrusted))
    return value


def _missing(value: Any, path: Path, depth: int, *, is_quoted: bool) -> InvalidArguments:
    where = "The object" if depth == 0 else f"part {_shortened(written_path(path[:depth]))}"
    if isinstance(value, dict) and not is_quoted:
        advice = f"read part {_shortened(written_path(path[:depth]))} to see what it has."
    elif isinstance(value, dict):
        near = near_names(path[depth], map(str, value))
        shown = ", ".join(map(_escaped, near or map(str, islice(value, _MOST_NAMES))))
        advice = f"did you mean {shown}?" if near else f"it has {_shortened(shown) or 'nothing'}."
    elif isinstance(value, list):
        advice = f"it is a list of {len(value)}, counted from 0."
    else:
        advice = "it has no parts."
    return InvalidArguments(f"{where} has no {_shortened(_escaped(path[depth]))!r}; {advice}")


def _escaped(segment: str) -> str:
    return re.sub(r"([\\.])", r"\\\1", segment) or r"\e"


def _unescaped(segment: str) -> str:
    return "" if segment == r"\e" else _ESCAPED.sub(r"\1", segment)


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"

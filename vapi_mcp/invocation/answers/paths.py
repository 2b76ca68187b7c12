"""Parts of an answer by their paths: found, or named where a note may name them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.json_paths import (
    MISSING,
    TextPath,
    child,
    escaped,
    format_keys,
    format_part,
    parse_keys,
    without_positions,
)
from vapi_mcp.specs.nearness import near_names

_MOST_NAMES = 20
_MOST_CHARACTERS = 1000


def leads_into(path: Sequence[str], known: Iterable[str]) -> bool:
    """Return whether a path leads to one of the known dotted ones, or inside; positions aside."""
    keys = without_positions(path)
    return any(keys[: len(names)] == names for names in map(parse_keys, known))


def shown_path(path: Sequence[str], untrusted: Iterable[str], known: Collection[str] = ()) -> str:
    """Return a dotted path that a note may quote: below an untrusted one, no key of outsiders.

    known: keys of ours, which may stand at the end of any path.
    """
    keys = without_positions(path)
    for root in untrusted:
        names = parse_keys(root)
        if keys[: len(names)] == names and len(keys) > len(names):
            return f"{root}.….{keys[-1]}" if keys[-1] in known else f"{root}.…"
    return format_keys(path)


def part_at(value: Any, path: TextPath, untrusted: Sequence[str] = ()) -> Any:
    """Return the part of a value.

    untrusted: dotted paths whose keys outsiders chose; no error quotes them.

    Raises:
        InvalidArguments: There is none; it says how far the path leads and what is there.
    """
    for depth, segment in enumerate(path):
        part = child(value, segment)
        if part is MISSING:
            raise _missing(value, path, depth, is_quoted=not leads_into(path[:depth], untrusted))
        value = part
    return value


def _missing(value: Any, path: TextPath, depth: int, *, is_quoted: bool) -> InvalidArguments:
    where = "The object" if depth == 0 else f"part {_shortened(format_part(path[:depth]))}"
    if isinstance(value, dict) and not is_quoted:
        advice = f"read part {_shortened(format_part(path[:depth]))} to see what it has."
    elif isinstance(value, dict):
        near = near_names(path[depth], map(str, value))
        shown = ", ".join(map(escaped, near or map(str, islice(value, _MOST_NAMES))))
        advice = f"did you mean {shown}?" if near else f"it has {_shortened(shown) or 'nothing'}."
    elif isinstance(value, list):
        advice = f"it is a list of {len(value)}, counted from 0."
    else:
        advice = "it has no parts."
    return InvalidArguments(f"{where} has no {_shortened(escaped(path[depth]))!r}; {advice}")


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"

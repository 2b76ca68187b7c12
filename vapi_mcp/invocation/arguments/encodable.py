"""Values that JSON can carry to Vapi and back: everything else is refused with its place."""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson

from vapi_mcp.json_paths import Path, format_place

# The writer stops at 254 levels; audit rows, fingerprints and dry runs put some around arguments.
_DEEPEST = 240
_AROUND = 14
_LEAST, _MOST = -(2**63), 2**64 - 1
_MOST_TOLD = 8
_LONGEST_PLACE = 120
# Readers of bytes put these in the place of bytes that are no UTF-8.
_MAY_BE_BYTES = re.compile("[\udc80-\udcff]")


def unsendable(arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the first places whose value cannot be sent, each with what to do about it."""
    if not arguments:
        return []
    raw = written(_wrapped(arguments))
    # NaN is written as null, and so is null.
    if raw is not None and b"null" not in raw:
        return []
    found: list[tuple[str, str]] = []
    for path, problem in _odd(arguments):
        found.append((_printable(path), problem))
        if len(found) == _MOST_TOLD:
            break
    return found


def written(value: Any) -> bytes | None:
    """Return a value as JSON, None where it cannot be written: a cheap look before a walk."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return None


def _wrapped(value: Any) -> Any:
    for _ in range(_AROUND):
        value = [value]
    return value


def _odd(arguments: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    waiting = deque[tuple[Path, Any]](((name,), value) for name, value in arguments.items())
    while waiting:
        path, value = waiting.popleft()
        if problem := _problem(path, value):
            yield path, problem
        elif isinstance(value, dict):
            known = cast("dict[str, Any]", value)
            waiting += [((*path, name), item) for name, item in known.items()]
        elif isinstance(value, list):
            items = enumerate(cast("list[Any]", value))
            waiting += [((*path, index), item) for index, item in items]


def _problem(path: Path, value: Any) -> str | None:
    if isinstance(path[-1], str) and not _is_unicode(path[-1]):
        half = _half(path[-1])
        return f"has a name with {half}, which is not valid text; send the whole character"
    if isinstance(value, str):
        return None if _is_unicode(value) else f"holds {_half(value)}; send the whole character"
    if isinstance(value, float) and not math.isfinite(value):
        return (
            "is not a finite number, and JSON allows only finite numbers. Leave it out or send "
            "it as text"
        )
    if isinstance(value, int) and not _LEAST <= value <= _MOST:
        return "is an integer of more than 64 bits; send it as text"
    if isinstance(value, dict | list) and len(path) >= _DEEPEST:
        return f"is nested deeper than {_DEEPEST} levels"
    return None


def _half(text: str) -> str:
    if _MAY_BE_BYTES.search(text):
        return "bytes that are not UTF-8, or half a surrogate pair"
    return "half a surrogate pair"


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _printable(path: Path) -> str:
    text = format_place(path).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= _LONGEST_PLACE else f"{text[:_LONGEST_PLACE]}…"

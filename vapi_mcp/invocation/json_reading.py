"""JSON as Vapi sends it: read strictly and fast, and leniently where that fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

# What goes out may have 254 levels, and what walks through it takes some of Python's stack.
DEEPEST = 100
_TOO_DEEP = b'{"_omitted":{"reason":"nested more than 100 levels deep","read":null}}'
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class ReadJson:
    """A value, and its bytes as they may go on; `is_mended`: they are not those that came."""

    value: Any
    body: bytes
    is_mended: bool = False


def read_json(body: bytes) -> ReadJson:
    """Return what JSON holds.

    What strict readers refuse is read all the same: half a surrogate pair and bytes that are no
    UTF-8 become U+FFFD, numbers that are none become null, and what is nested too deeply becomes
    a marker.

    Raises:
        ValueError: It is no JSON.
    """
    shallow = _shallow(body)
    try:
        return ReadJson(orjson.loads(shallow), shallow, is_mended=shallow != body)
    except orjson.JSONDecodeError:
        value = whole(_lenient(shallow))
        return ReadJson(value, orjson.dumps(value), is_mended=True)


def read_piece(body: bytes) -> Any:
    """Return what the JSON of one piece of a stream holds, as `read_json` does.

    Half a surrogate pair stays, as the next piece may have the other half; `whole` joins them.

    Raises:
        ValueError: It is no JSON.
    """
    shallow = _shallow(body)
    try:
        return orjson.loads(shallow)
    except orjson.JSONDecodeError:
        return _lenient(shallow)


def whole(value: Any) -> Any:
    """Return a value without halves of surrogate pairs and without numbers that are none."""
    if isinstance(value, str):
        return value if value.isascii() else _whole_text(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {whole(name): whole(child) for name, child in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value


def _whole_text(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _lenient(body: bytes) -> Any:
    return json.loads(body.decode(errors="replace"), parse_int=_number, strict=False)


def _shallow(body: bytes) -> bytes:
    return b"".join(_kept(body)) if _may_be_deep(body) else body


def _may_be_deep(body: bytes) -> bool:
    """Say whether JSON may be deeper than is good; brackets in texts may make it look so."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    brackets = body.translate(None, _ALL_BUT_BRACKETS)
    for level in range(DEEPEST):
        left = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == len(brackets):
            return level + len(left) > DEEPEST
        brackets = left
    return True


def _kept(body: bytes) -> Iterator[bytes]:
    """Yield JSON in which markers stand for everything below the deepest level."""
    depth = start = 0
    for found in _TOKEN.finditer(body):
        match found[0]:
            case b"[" | b"{":
                depth += 1
                if depth == DEEPEST + 1:
                    yield body[start : found.start()]
                    yield _TOO_DEEP
            case b"]" | b"}":
                depth -= 1
                if depth == DEEPEST:
                    start = found.end()
            case _:
                pass
    if depth <= DEEPEST:
        yield body[start:]


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float(digits)  # noqa: PLR2004 - 64 bits

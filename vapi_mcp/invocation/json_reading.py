"""JSON as Vapi sends it: read strictly and fast, and leniently where that fails."""

from __future__ import annotations

import json
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any

import orjson

from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.mending import DEEPEST, TOO_DEEP, Kind, Mending, Places

_TOO_DEEP = orjson.dumps(TOO_DEEP)
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
# The fast reader makes floats of integers beyond 64 bits, so numbers of 19 digits are looked for:
# digits become zeros and what may stand before a number becomes commas. A pattern is slower.
_OUTLINE = bytes.maketrans(b"123456789 \t\n\r\f\v:[-", b"0" * 9 + b"," * 9)
_LARGE = b"," + b"0" * 19
# Python reads so many digits wherever it runs.
_DIGITS = sys.int_info.str_digits_check_threshold


def _nothing() -> dict[Kind, list[tuple[str, ...]]]:
    return {}


@dataclass(frozen=True, slots=True)
class ReadJson:
    """A value, and its bytes as they may go on.

    is_mended: they are not those that came. replaced: the places of what could not be read.
    """

    value: Any
    body: bytes
    is_mended: bool = False
    replaced: Places = field(default_factory=_nothing)


def read_json(body: bytes) -> ReadJson:
    """Return what JSON holds; a byte order mark before it is skipped.

    What strict readers refuse is read all the same: half a surrogate pair and bytes that are no
    UTF-8 become U+FFFD, numbers that are none become null, and what is nested too deeply becomes
    a marker. Integers stay exact, whatever their size.

    Raises:
        ValueError: It is no JSON.
    """
    body = body.removeprefix(BOM_UTF8)
    shallow = _shallow(body)
    try:
        value = exact_value(shallow)
    except orjson.JSONDecodeError:
        return _mended(_lenient(shallow), is_unicode=_is_utf8(shallow))
    if shallow != body:
        return _mended(value)
    return ReadJson(value, body)


def exact_value(body: bytes) -> Any:
    """Return what strict JSON holds, with integers of any size as they are.

    Raises:
        orjson.JSONDecodeError: It is none.
    """
    value = orjson.loads(body)
    return _lenient(body) if _may_be_large(body) else value


def _may_be_large(body: bytes) -> bool:
    outline = body.translate(_OUTLINE)
    return _LARGE in outline or outline.startswith(_LARGE[1:])


def read_piece(body: bytes) -> Any:
    """Return what the JSON of one piece of a stream holds, as `read_json` does.

    What has to be replaced stays, as the next piece may have the other half of a character.

    Raises:
        ValueError: It is no JSON.
    """
    shallow = _shallow(body)
    try:
        return exact_value(shallow)
    except orjson.JSONDecodeError:
        return _lenient(shallow)


def _mended(value: Any, *, is_unicode: bool = True) -> ReadJson:
    mending = Mending(is_unicode=is_unicode)
    whole = mending.mended(value)
    return ReadJson(whole, exact_json(whole), is_mended=True, replaced=mending.places)


def _lenient(body: bytes) -> Any:
    return json.loads(body.decode(errors="replace"), parse_int=_number, strict=False)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _shallow(body: bytes) -> bytes:
    return b"".join(_kept(body)) if _may_be_deep(body) else body


def _may_be_deep(body: bytes) -> bool:
    """Return whether JSON may be deeper than is good; brackets in texts may make it look so."""
    brackets = body.translate(None, _ALL_BUT_BRACKETS)
    if brackets.count(b"[") + brackets.count(b"{") <= DEEPEST:
        return False
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
    return int(digits) if len(digits) <= _DIGITS else inf

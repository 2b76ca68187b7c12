"""Values of two states, short enough to be shown; no cut goes through an id or a word."""

from __future__ import annotations

from typing import Any, cast

from vapi_mcp.invocation.json_writing import exact_json

_CONTEXT = 30
_LONGEST_WORD = 128
_MOST_LEVELS = 4
_MOST_KEYS = 12


def excerpts(before: Any, after: Any, most: int) -> tuple[Any, Any]:
    """Return two values shortened to about `most` characters each: of two texts, what differs."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return shortened(before, most), shortened(after, most)
    if max(len(before), len(after)) <= most:
        return before, after
    start = _alike(before, after)
    rest = min(len(before), len(after)) - start
    end = min(rest, _alike(before[::-1], after[::-1]))
    return _around(before, start, end, most), _around(after, start, end, most)


def shortened(value: Any, most: int) -> Any:
    """Return a value of about `most` characters: whole, or with its long texts and lists cut."""
    return _shortened(value, most, _MOST_LEVELS)


def _shortened(value: Any, most: int, levels: int) -> Any:
    if isinstance(value, str):
        return _clipped(value, most)
    if not isinstance(value, dict | list) or len(exact_json(value)) <= most:
        return value
    many = len(cast("list[Any] | dict[str, Any]", value))
    if isinstance(value, list) or not levels or many > _MOST_KEYS:
        what = "item" if isinstance(value, list) else "key"
        return f"({many} {what}{'' if many == 1 else 's'}, not shown)"
    known, share = cast("dict[str, Any]", value), most // many
    return {name: _shortened(each, share, levels - 1) for name, each in known.items()}


def _around(text: str, start: int, end: int, most: int) -> str:
    begin = _boundary(text, max(0, start - _CONTEXT), -1)
    stop = _boundary(text, min(len(text), len(text) - end + _CONTEXT), 1)
    part = text[begin:stop]
    shown = _clipped(part, most)
    return ("…" if begin else "") + shown + ("…" if stop < len(text) and shown == part else "")


def _clipped(text: str, most: int) -> str:
    stop = _boundary(text, most, 1) if len(text) > most else len(text)
    left = len(text) - stop
    return f"{text[:stop]}… ({left:,} more characters)" if left else text


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _boundary(text: str, at: int, step: int) -> int:
    """Return the nearest place in one direction that is not inside an id or a word."""
    for _ in range(_LONGEST_WORD):
        if not (0 < at < len(text) and _is_inner(text[at - 1]) and _is_inner(text[at])):
            break
        at += step
    return at


def _is_inner(character: str) -> bool:
    return character.isalnum() or character in "-_"

"""Ranges of items, characters and seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vapi_mcp.errors import InvalidArguments

_FORM = re.compile(r"(\d{0,15})(-?)(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of positions, counted from 0; `end` is the first that is not in it."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start}-{self.end - 1}"


def span_of(text: str | None, total: int) -> Span:
    """Return the positions that a range names, both ends included, of so many.

    `0-39` the first forty, `40-` the rest, `-40` the last forty, `7` just that one; None is all.

    Raises:
        InvalidArguments: It is no range, or lies outside.
    """
    if text is None:
        return Span(0, total)
    match = _FORM.fullmatch(re.sub(r"\s", "", text))
    if match is None or not (match[1] or match[3]):
        raise InvalidArguments(
            f"range {text[:40]!r} is not a range; write 0-39 for the first forty, 40- for "
            "the rest, -40 for the last forty."
        )
    first, dash, last = match.groups()
    if not first:
        return Span(max(0, total - int(last)), total)
    start = int(first)
    end = min(total, int(last) + 1) if last else total if dash else start + 1
    if start >= total or end <= start:
        raise InvalidArguments(
            f"range {text[:40]!r} is outside: there are {total}, counted from 0."
        )
    return Span(start, end)

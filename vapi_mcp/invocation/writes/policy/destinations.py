"""The numbers that a write has calls handed on to: they are rung as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

_DEPTH = 40


def destinations_in(value: Any, depth: int = _DEPTH) -> Iterator[str | None]:
    """Yield the numbers in a body that calls are handed on to; None for a SIP address.

    Destinations of transfers, a number's fallback, forwarding numbers of assistants, wherever
    they stand.
    """
    if depth == 0:
        return
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from destinations_in(each, depth - 1)
    elif isinstance(value, Mapping):
        known = cast("Mapping[str, Any]", value)
        yield from _destination(known)
        for each in known.values():
            yield from destinations_in(each, depth - 1)


def _destination(known: Mapping[str, Any]) -> Iterator[str | None]:
    if known.get("type") == "number" and isinstance(number := known.get("number"), str):
        yield number
    if known.get("type") == "sip" and known.get("sipUri"):
        yield None
    if isinstance(number := known.get("forwardingPhoneNumber"), str) and number:
        yield number

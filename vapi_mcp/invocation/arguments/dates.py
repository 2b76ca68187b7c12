"""Dates in arguments: checked, and those relative to now written out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from vapi_mcp.relative_times import EXAMPLES, Period, read_period
from vapi_mcp.rfc3339 import read_moment, write_moment

_MILLISECOND = timedelta(milliseconds=1)


def is_relative(value: Any) -> bool:
    """Return whether a date is one that means another moment tomorrow."""
    if not isinstance(value, str):
        return False
    try:
        read_moment(value)
    except ValueError:
        return True
    return False


def written_out(name: str, value: str, now: datetime) -> str:
    """Return a date as it is sent; a full one, or a day alone, stays as it is.

    name: of the argument. After a day, a month or the like is from its first moment on.

    Raises:
        ValueError: It is no date; the text says what would be one.
    """
    if not is_relative(value):
        return value
    try:
        period = read_period(value, now)
    except ValueError as error:
        raise ValueError(f"{value[:40]!r} is no date: {EXAMPLES}") from error
    return write_moment(_bound(name, period), "milliseconds")


def _bound(name: str, period: Period) -> datetime:
    if period.is_moment:
        return period.start
    if name.endswith("Gt"):
        return period.start - _MILLISECOND
    return period.end if name.endswith("Le") else period.start

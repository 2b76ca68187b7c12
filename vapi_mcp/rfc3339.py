"""Moments as RFC 3339 text: one writer, one reader."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Literal, TypeAlias

Precision: TypeAlias = Literal["auto", "seconds", "milliseconds", "microseconds"]


def write_moment(moment: datetime, precision: Precision = "auto", *, in_utc: bool = True) -> str:
    """Return a moment as text: `2027-01-31T12:00:00Z`.

    precision: what is finer is cut off; `auto` writes microseconds where there are any. in_utc:
    False keeps the moment's own offset, `+00:00` for UTC and none where it has no zone.
    """
    if not in_utc:
        return moment.isoformat(timespec=precision)
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def read_moment(text: str, *, zone: tzinfo | None = UTC) -> datetime:
    """Return the moment a text states, a date alone being its midnight.

    zone: what is meant where the text names none; None leaves such a moment without a zone.

    Raises:
        ValueError: The text states no moment.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)

"""Instants as Vapi writes them: UTC, milliseconds, `2026-11-20T13:00:00.000Z`."""

from __future__ import annotations

from datetime import UTC, datetime

from vapi_mcp.rfc3339 import read_moment, write_moment


def to_text(moment: datetime) -> str:
    """Return an instant in Vapi's notation; anything below a millisecond is cut off."""
    return write_moment(moment, "milliseconds")


def to_moment(text: object) -> datetime | None:
    """Read an ISO 8601 date or date-time (UTC when it names no zone); None when it is neither."""
    if not isinstance(text, str) or len(text) < len("2026-01-01"):
        return None
    try:
        moment = read_moment(text.strip()).astimezone(UTC)
    except ValueError:
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stored_moment(text: str) -> datetime:
    """Read an instant that a stored object states; it is there and in order by construction."""
    moment = to_moment(text)
    if moment is None:
        raise ValueError(f"not an instant: {text!r}")
    return moment


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970, the unit of times inside call messages."""
    return round(moment.timestamp() * 1000)

"""Moments as people type them: 24h, 7d, 2027-01-31, or a whole RFC 3339 text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.cli.usage import UsageError
from vapi_mcp.rfc3339 import read_moment

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LENGTH = re.compile(r"(\d{1,6})([smhdw])")


def ahead(text: str) -> datetime:
    """Return a moment, or the one that lies so far ahead.

    Raises:
        UsageError: It is neither.
    """
    return _moment(text, sign=1)


def ago(text: str) -> datetime:
    """Return a moment, or the one that lies so far back.

    Raises:
        UsageError: It is neither.
    """
    return _moment(text, sign=-1)


def _moment(text: str, sign: int) -> datetime:
    try:
        if length := _LENGTH.fullmatch(text):
            return utc_now() + sign * timedelta(**{_UNITS[length[2]]: int(length[1])})
        return read_moment(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text[:40]!r} is not a time; use 24h, 7d, or 2027-01-31T12:00:00Z (UTC if it "
            "has no time zone)"
        ) from error

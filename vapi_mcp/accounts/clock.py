"""The present moment, as a value that tests can replace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The present moment, with its time zone."""

    def __call__(self) -> datetime:
        """Return the present moment."""
        ...


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)

"""When a server expires, as people choose it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.console.frame.forms import Form

NEVER, KEEP, DATE = "never", "keep", "date"
PRESETS: Mapping[str, tuple[str, timedelta]] = {
    "1h": ("in 1 hour", timedelta(hours=1)),
    "1d": ("in 1 day", timedelta(days=1)),
    "7d": ("in 7 days", timedelta(days=7)),
    "30d": ("in 30 days", timedelta(days=30)),
}


def choices(expires_at: datetime | None, *, is_new: bool) -> list[tuple[str, str]]:
    """Return the choices of a form: value and label, the one that holds now first."""
    kept = [] if is_new else [(KEEP, f"as it is: {_words(expires_at)}")]
    presets = [(key, label) for key, (label, _) in PRESETS.items()]
    return [*kept, (NEVER, "never"), *presets, (DATE, "on a date")]


def expiry_of(form: Form) -> datetime | None:
    """Return the moment that a form asks for; None is never.

    Raises:
        AdminError: 400, the date is none.
    """
    chosen = form.text("expires", NEVER)
    if chosen in PRESETS:
        return utc_now() + PRESETS[chosen][1]
    return _date(form.text("expires_date")) if chosen == DATE else None


def _date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise failed("expires_at", "give a date and a time in UTC") from None


def _words(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "never"

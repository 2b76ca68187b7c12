"""What a refusal's headers tell about a rate limit, in the forms that limiters write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import ceil

from vapi_mcp.invocation.failures.header_numbers import whole_number
from vapi_mcp.rfc3339 import read_moment

# Above these, a reset is a moment since 1970, in seconds or in milliseconds.
_EPOCH, _EPOCH_MS = 1_000_000_000, 100_000_000_000
# No client waits longer; a larger number means something else.
_LONGEST_WAIT = 366 * 24 * 3600
_LONGEST_DATE = 64
_NUMBER = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,20})?")
_LIMITS = re.compile(r"(?:x-)?ratelimit-(?P<field>limit|remaining|reset)(?P<name>-.+)?")
# `limit=2, remaining=0, reset=90`, and `"name";r=0;t=90` with `"name";q=2;w=90` as its policy.
_PAIR = re.compile(r"\b(?P<key>limit|remaining|reset|q|r|t)\s*=\s*(?P<value>[0-9][0-9.]{0,20})")
_QUOTED = re.compile(r'\s*"(?P<name>[^"]*)"')
_DRAFTS = ("ratelimit", "ratelimit-policy")
_FIELDS: Mapping[str, str] = {"q": "limit", "r": "remaining", "t": "reset"}
_MOST_READ = 1000

UNKNOWN_LIMIT: Mapping[str, int | None] = {
    "ratelimit-limit": None,
    "ratelimit-remaining": None,
    "ratelimit-reset": None,
}


@dataclass(slots=True)
class _Window:
    """One limit, of perhaps several that a request has to pass."""

    limit: int | None = None
    remaining: int | None = None
    reset: int | None = None
    retry_after: int | None = None

    @property
    def wait(self) -> int | None:
        return self.reset if self.retry_after is None else self.retry_after

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """How surely it is the one that refused: it says when to come back, or has none left."""
        return self.retry_after is not None, self.remaining == 0, self.wait or 0


def rate_limit(headers: Mapping[str, str], now: datetime | None = None) -> dict[str, int | None]:
    """Return the three `ratelimit-*` values, the reset in whole seconds from now; None is unknown.

    headers: by lower-case name, as Nest's throttler (a suffix for each named limit), Express,
    Koa and slowapi write them, and both drafts of the `RateLimit` field. Where several limits are
    told of, the values are those of the one that refused.
    """
    now = now or datetime.now(UTC)
    windows = _windows(headers, now)
    # In the order they came, so that of equals the first counts.
    refusing = max(windows.values(), key=lambda window: window.rank, default=_Window())
    plain = seconds_until(headers.get("retry-after"), now)
    return {
        "ratelimit-limit": refusing.limit,
        "ratelimit-remaining": 0 if refusing.retry_after is not None else refusing.remaining,
        "ratelimit-reset": refusing.wait if plain is None else plain,
    }


def seconds_until(text: str | None, now: datetime) -> int | None:
    """Return the whole seconds from now that a header means; None is what cannot be read.

    Read are seconds, moments since 1970 in seconds or milliseconds, and dates as HTTP, asctime or
    ISO 8601 have them; a date without a zone is in UTC.
    """
    stripped = (text or "").strip()
    # The same field twice comes as one, with a comma.
    first = stripped.partition(",")[0].strip()
    if _NUMBER.fullmatch(first):
        return _from_number(float(first), now)
    moment = _moment(stripped[: _LONGEST_DATE + 1])
    return None if moment is None else _wait((moment - now).total_seconds())


def _windows(headers: Mapping[str, str], now: datetime) -> dict[str, _Window]:
    windows: dict[str, _Window] = {}
    # The `x-` names come last, so that they count where both are there.
    for header in sorted(headers, key=lambda name: (name.startswith("x-"), name)):
        value = headers[header][:_MOST_READ]
        if header.startswith("retry-after-"):
            name = header.removeprefix("retry-after")
            windows.setdefault(name, _Window()).retry_after = seconds_until(value, now)
        elif found := _LIMITS.fullmatch(header):
            _fill(windows.setdefault(found["name"] or "", _Window()), found["field"], value, now)
        elif header in _DRAFTS:
            _read_draft(windows, value, now)
    return windows


def _read_draft(windows: dict[str, _Window], value: str, now: datetime) -> None:
    """Take in a `RateLimit` or `RateLimit-Policy` field; the newer one lists names."""
    for member in value.split(",") if '"' in value else [value]:
        quoted = _QUOTED.match(member)
        window = windows.setdefault(quoted["name"] if quoted else "", _Window())
        for pair in _PAIR.finditer(member):
            _fill(window, _FIELDS.get(pair["key"], pair["key"]), pair["value"], now)


def _fill(window: _Window, field: str, value: str, now: datetime) -> None:
    first = value.partition(",")[0]
    match field:
        case "limit":
            window.limit = whole_number(first.partition(";")[0])
        case "remaining":
            window.remaining = whole_number(first)
        case _:
            window.reset = seconds_until(value, now)


def _from_number(number: float, now: datetime) -> int | None:
    if number > _EPOCH_MS:
        number /= 1000
    return _wait(number - now.timestamp() if number > _EPOCH else number)


def _moment(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, read_moment):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _wait(seconds: float) -> int | None:
    return max(0, ceil(seconds)) if seconds < _LONGEST_WAIT else None

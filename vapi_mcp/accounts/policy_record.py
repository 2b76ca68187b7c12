"""What an owner allows a server's writes: numbers, hours, amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any, Literal, TypeAlias

from vapi_mcp.accounts.time_zones import zone

Day: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class CallingHours:
    """When people may be called, on their own clocks: from one time until another, on these days.

    A `to` at or before `from` is on the next morning. No days are all days.
    """

    begin: str
    end: str
    days: tuple[Day, ...] = ()

    def on(self, weekday: int) -> bool:
        """Return whether hours begin on a weekday (0 is Monday)."""
        return not self.days or DAYS[weekday % 7] in self.days

    def __str__(self) -> str:
        days = f" on {', '.join(self.days)}" if self.days else ""
        return f"{self.begin} to {self.end}{days}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules a write has to keep; what is empty or None is no rule.

    Prefixes are those of E.164 numbers. customers_per_day: different people. max_spend_per_day:
    US dollars of the whole account, as far as Vapi reports them. time_zone: where days begin and
    end; UTC without one.
    """

    allowed_prefixes: tuple[str, ...] = ()
    blocked_prefixes: tuple[str, ...] = ()
    calling_hours: CallingHours | None = None
    calls_per_day: int | None = None
    customers_per_day: int | None = None
    allowed_assistants: tuple[str, ...] = ()
    allowed_phone_numbers: tuple[str, ...] = ()
    max_spend_per_day: float | None = None
    time_zone: str | None = None

    @property
    def has_prefixes(self) -> bool:
        """Whether a rule says how numbers may begin."""
        return bool(self.allowed_prefixes or self.blocked_prefixes)

    @property
    def looks_at_numbers(self) -> bool:
        """Whether a rule needs to know whom a write reaches."""
        return bool(
            self.has_prefixes
            or self.calling_hours
            or self.calls_per_day is not None
            or self.customers_per_day is not None
        )

    def day_of(self, moment: datetime) -> date:
        """Return the day a moment is on, in the policy's time zone."""
        return moment.astimezone(self._zone).date()

    def beginning_of(self, day: date) -> datetime:
        """Return the moment a day begins, in UTC."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    @property
    def _zone(self) -> tzinfo:
        return UTC if self.time_zone is None else zone(self.time_zone)


def policy_words(policy: Policy) -> dict[str, Any]:
    """Return a policy as JSON has it: only its rules."""
    given = {each.name: getattr(policy, each.name) for each in fields(policy)}
    words = {name: value for name, value in given.items() if value not in ((), None)}
    if (hours := policy.calling_hours) is not None:
        days = {"days": list(hours.days)} if hours.days else {}
        words["calling_hours"] = {"from": hours.begin, "to": hours.end, **days}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in words.items()}


def policy_from(words: Mapping[str, Any]) -> Policy:
    """Return the policy of words that are known to be right."""
    values: dict[str, Any] = {}
    for name, value in words.items():
        if name == "calling_hours" and value is not None:
            values[name] = CallingHours(value["from"], value["to"], tuple(value.get("days") or ()))
        elif value is not None:
            values[name] = tuple(value) if isinstance(value, list) else value
    return Policy(**values)

"""The rule of calling hours: a legal one, so what is not surely within them is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vapi_mcp.accounts.policy_record import CallingHours
from vapi_mcp.accounts.time_zones import zone
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.writes.policy.hours import next_opening, open_until
from vapi_mcp.invocation.writes.policy.phone_number import Recipient
from vapi_mcp.invocation.writes.policy.refusals import broken
from vapi_mcp.invocation.writes.recipients import Recipients
from vapi_mcp.invocation.writes.schedule import text_of


@dataclass(frozen=True, slots=True)
class Times:
    """When a write rings people: from its start until its window or its last call is over."""

    recipients: Recipients
    now: datetime
    usual: timedelta

    @property
    def start(self) -> datetime:
        """The first moment at which somebody may be rung."""
        return max(self.recipients.starts_at or self.now, self.now)

    @property
    def length(self) -> timedelta:
        """How long it takes to ring everybody."""
        return self.recipients.lasts(self.usual)

    @property
    def end(self) -> datetime:
        """The last moment at which somebody may be rung."""
        latest = self.recipients.schedule.latest
        return max(self.start + self.length, latest or self.start)

    @property
    def needs_end(self) -> bool:
        """Whether nothing says until when it may ring people."""
        is_open = self.recipients.is_campaign or self.recipients.starts_at is not None
        return is_open and self.recipients.schedule.latest is None


def check_hours(hours: CallingHours, people: list[Recipient], times: Times) -> None:
    """Let people be called within the hours, wherever they may be, until the end.

    Raises:
        WriteHeld: Some may not be; the message has the next moment that would pass.
    """
    held = _Hours(hours, people, times)
    held.check_zones()
    if times.needs_end:
        raise held.refusal("schedulePlan.latestAt is missing")
    first = {name: each for each in reversed(people) for name in each.zones}
    for name, person in first.items():
        held.check_zone(name, person)


def expected(recipients: Recipients, usual: timedelta) -> str:
    """Return how long a campaign takes, and why."""
    numbers = "1 number" if recipients.calls == 1 else f"{recipients.calls} numbers"
    return (
        f"about {_length(recipients.lasts(usual))}: {numbers}, {recipients.at_once} at a time, "
        f"with calls of {_length(usual)}"
    )


@dataclass(frozen=True, slots=True)
class _Hours:
    hours: CallingHours
    people: list[Recipient]
    times: Times

    def check_zones(self) -> None:
        for each in self.people:
            if not each.zones:
                why = f"the time zone of {each.given[:40]} is not known"
                raise broken("calling_hours", self.hours, why, "Call another number.")

    def check_zone(self, name: str, person: Recipient) -> None:
        times, who = self.times, f"{person.given[:40]} ({name})"
        until = open_until(self.hours, name, times.start)
        if until is None:
            raise self.refusal(f"it would be {_clock(times.start, name)} for {who}")
        if times.end <= until:
            return
        why = f"it could go on until {_clock(times.end, name)} for {who}"
        if times.start + times.length > until:
            why += f", as it takes {expected(times.recipients, times.usual)}"
        raise self.refusal(why)

    def refusal(self, why: str) -> WriteHeld:
        return broken("calling_hours", self.hours, why, self._passes())

    def _passes(self) -> str:
        """Return what would pass: the next moment, or that there is none."""
        times, zones = self.times, [name for each in self.people for name in each.zones]
        opening = next_opening(self.hours, zones, times.start, times.length)
        if opening is not None:
            return (
                f"Set schedulePlan.earliestAt to {text_of(opening.begins)}, the next moment that "
                f"passes, and schedulePlan.latestAt to {text_of(opening.ends)} at the latest."
            )
        if next_opening(self.hours, zones, times.start) is not None:
            return "No such hours are long enough: reach fewer people, or more at a time."
        if len(self.people) > 1:
            return (
                "There is no time within the hours for all of them: call the people of one "
                "time zone at a time."
            )
        return (
            "There is no time that is within the hours wherever this number may be "
            f"({', '.join(zones[:5])}): do not try other times."
        )


def _clock(moment: datetime, name: str) -> str:
    return f"{moment.astimezone(zone(name)):%a %H:%M}".lower()


def _length(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"  # noqa: PLR2004

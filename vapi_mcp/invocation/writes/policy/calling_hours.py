"""The rule of calling hours: a legal one, so what is not surely within them is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self, TypeAlias

from pydantic import AfterValidator, Field, WithJsonSchema

from vapi_mcp.accounts.request_types import RequestModel
from vapi_mcp.accounts.time_zones import zone
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.aside import aside
from vapi_mcp.invocation.writes.policy.hours import CallingHours, Day, next_opening, open_until
from vapi_mcp.invocation.writes.policy.phone_number import PhoneNumber
from vapi_mcp.invocation.writes.policy.rule import Case, Rule
from vapi_mcp.invocation.writes.recipients import Recipients, expected_length
from vapi_mcp.invocation.writes.schedule import text_of

_CLOCK_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _clock_time(value: str) -> str:
    if not re.fullmatch(_CLOCK_TIME, value):
        raise ValueError("must be a time of the day, such as 09:00")
    return value


ClockTime: TypeAlias = Annotated[
    str, AfterValidator(_clock_time), WithJsonSchema({"type": "string", "pattern": _CLOCK_TIME})
]


class HoursWords(RequestModel):
    """When people may be called, on their own clocks; an end before the begin is next morning."""

    begin: ClockTime = Field(alias="from", description="The start, such as 09:00.")
    end: ClockTime = Field(alias="to", description="The end, such as 20:00.")
    days: list[Day] = Field(
        default_factory=list[Day],
        max_length=7,
        description="mon to sun; leave it out for all days.",
    )


@dataclass(frozen=True, slots=True)
class Times:
    """When a write rings people: from its start until its window or its last call is over."""

    recipients: Recipients
    now: datetime
    usual: timedelta

    @property
    def start(self) -> datetime:
        """The first moment at which a person may be called."""
        return max(self.recipients.starts_at or self.now, self.now)

    @property
    def length(self) -> timedelta:
        """How long it takes to ring everybody."""
        return self.recipients.lasts(self.usual)

    @property
    def end(self) -> datetime:
        """The last moment at which a person may be called."""
        latest = self.recipients.schedule.latest
        return max(self.start + self.length, latest or self.start)

    @property
    def needs_end(self) -> bool:
        """Whether nothing says until when it may ring people."""
        is_open = self.recipients.is_campaign or self.recipients.starts_at is not None
        return is_open and self.recipients.schedule.latest is None


@dataclass(frozen=True)
class CallingHoursRule(Rule[CallingHours]):
    """Only within these hours where the called number is, to the end."""

    name = "calling_hours"
    description = "Only within these hours in the time zone of the recipient, until the call ends."
    field = HoursWords

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the rule for an object with `from`, `to` and perhaps `days`."""
        return cls(CallingHours(value["from"], value["to"], tuple(value.get("days") or ())))

    async def check(self, case: Case) -> None:
        """Let people be called within the hours, wherever they may be, until the end."""
        if case.recipients is None:
            return
        people = await case.people(self)
        usual = await case.usual_length()
        times = Times(case.recipients, case.now, usual)
        case.closes = await aside(case.write.body, _Hours(self, people, times).check)


@dataclass(frozen=True, slots=True)
class _Hours:
    rule: CallingHoursRule
    people: list[PhoneNumber]
    times: Times

    def check(self) -> datetime | None:
        """Return when the hours of all people end; None where there are none."""
        self.check_zones()
        if self.times.needs_end:
            raise self.refusal("schedulePlan.latestAt is missing")
        first = {name: each for each in reversed(self.people) for name in each.zones}
        ends = [self.check_zone(name, person) for name, person in first.items()]
        return min(ends, default=None)

    @property
    def hours(self) -> CallingHours:
        return self.rule.value

    def check_zones(self) -> None:
        for each in self.people:
            if not each.zones:
                why = f"the time zone of {each.given[:40]} is not known"
                raise self.rule.refusal(why, "Call another number.")

    def check_zone(self, name: str, person: PhoneNumber) -> datetime:
        times, who = self.times, f"{person.given[:40]} ({name})"
        until = open_until(self.hours, name, times.start)
        if until is None:
            raise self.refusal(f"it would be {_clock(times.start, name)} for {who}")
        if times.end <= until:
            return until
        why = f"it could go on until {_clock(times.end, name)} for {who}"
        if times.start + times.length > until:
            why += f", as it takes {expected_length(times.recipients, times.usual)}"
        raise self.refusal(why)

    def refusal(self, why: str) -> WriteHeld:
        return self.rule.refusal(why, self._remedy())

    def _remedy(self) -> str:
        """Return what would pass: the next moment, or that there is none."""
        times, zones = self.times, [name for each in self.people for name in each.zones]
        opening = next_opening(self.hours, zones, times.start, times.length)
        if opening is not None:
            return (
                f"Set schedulePlan.earliestAt to {text_of(opening.begins)}, the next allowed "
                f"time, and schedulePlan.latestAt to {text_of(opening.ends)} at the latest."
            )
        if next_opening(self.hours, zones, times.start) is not None:
            return "The calling hours are too short for it: reach fewer people, or more at a time."
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

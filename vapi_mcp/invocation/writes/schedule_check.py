"""A schedule that Vapi would take and misread: no date, no time zone, or the past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from vapi_mcp.accounts.time_zones import zone
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.writes.policy.phone_number import parse_number
from vapi_mcp.invocation.writes.schedule import moment_of, plan_of, schedule_of, text_of
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.rfc3339 import write_moment

# Clocks differ, and an agent takes a moment between reading the time and calling.
_SLACK = timedelta(minutes=1)
_CLOCK = "%a %d %b %H:%M"
_FORM = "2027-03-25T15:00:00Z or 2027-03-25T15:00:00-07:00"


def check_schedule(write: Write, now: datetime) -> str | None:
    """Let a write pass whose schedule has moments that are to come; return when it begins.

    What an update only repeats of the saved schedule may be over: a campaign that was read is
    sent back with the schedule it had.

    Raises:
        InvalidArguments: One is no date, has no time zone, or is over.
    """
    if not write.tool.spec.schedule:
        return None
    plan = plan_of(write.body)
    for name in ("earliestAt", "latestAt"):
        if plan.get(name) is not None:
            _check_moment(write, f"schedulePlan.{name}", plan[name], now)
    schedule = schedule_of(write.body)
    if schedule == schedule_of(write.completed.saved or {}):
        return None
    if schedule.earliest and schedule.latest and schedule.latest < schedule.earliest:
        raise _refusal("schedulePlan.latestAt", "is before schedulePlan.earliestAt")
    if schedule.earliest is None or schedule.earliest <= now:
        return None
    clocks = ", ".join(_clocks(write, schedule.earliest))
    return f"Starts in {_words(schedule.earliest - now)}: {clocks}."


def _clocks(write: Write, moment: datetime) -> Iterator[str]:
    """Yield a moment in UTC, in the zone that a write is about, and with the offset as given."""
    place = _place(write) or "UTC"
    local = moment.astimezone(zone(place))
    yield f"{moment.astimezone(UTC):{_CLOCK}} UTC"
    if place != "UTC":
        where = " (where the first number is)" if _is_of_number(write, place) else ""
        yield f"{local:{_CLOCK}} {place}{where}"
    if moment.utcoffset() not in (local.utcoffset(), timedelta()):
        yield f"{moment:{_CLOCK}} {_offset(moment)} (as given)"


def _offset(moment: datetime) -> str:
    return f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:5]


def _is_of_number(write: Write, place: str) -> bool:
    """Return whether a zone is the recipient's, and not the server's or nobody's."""
    policy = write.grant.server.config.policy
    return place != "UTC" and (policy is None or policy.time_zone is None)


def _words(time: timedelta) -> str:
    minutes = ceil(time.total_seconds() / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (minutes, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def _check_moment(write: Write, name: str, given: Any, now: datetime) -> None:
    moment = moment_of(given)
    if moment is None:
        raise _refusal(name, f"is {str(given)[:40]!r}, which is not a date and time; write {_FORM}")
    if moment.tzinfo is None:
        raise _refusal(name, _both_readings(write, moment))
    if moment < now - _SLACK and not _is_saved(write, name, moment):
        raise _refusal(
            name,
            f"is {text_of(moment)}, which is in the past; now it is {text_of(now)}. Give a "
            f"future time, or leave schedulePlan out {_without_plan(write)}",
        )


def _is_saved(write: Write, name: str, moment: datetime) -> bool:
    saved = plan_of(write.completed.saved or {})
    return moment_of(saved.get(name.rpartition(".")[2])) == moment


def _without_plan(write: Write) -> str:
    is_update = write.tool.spec.effect == "update"
    return "to keep the saved one" if is_update else "to dial at once"


def _both_readings(write: Write, moment: datetime) -> str:
    text = write_moment(moment, "seconds", in_utc=False)
    if (place := _place(write)) is None:
        local = f"{text} with the offset of the place that is meant, such as {text}-07:00"
    else:
        local = write_moment(moment.replace(tzinfo=zone(place)), "seconds", in_utc=False)
        local += f" for {place}"
    return f"is {text}, without a time zone: write {text}Z if UTC is meant, or {local}"


def _place(write: Write) -> str | None:
    """Return the zone a moment without one may be meant in: the server's, else the number's."""
    policy = write.grant.server.config.policy
    if policy is not None and policy.time_zone is not None:
        return policy.time_zone
    numbers = write.recipients.numbers if write.recipients else ()
    first = parse_number(numbers[0]) if numbers else None
    zones = first.zones if first else ()
    return zones[0] if len(zones) == 1 else None


def _refusal(name: str, problem: str) -> InvalidArguments:
    return InvalidArguments(
        f"{name} {problem}. Nothing was sent.",
        details=[{"argument": "schedulePlan", "path": name, "problem": problem}],
    )

"""The schedule of a call or a campaign, as it stands in a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from typing import Any, cast

from vapi_mcp.rfc3339 import read_moment, write_moment


@dataclass(frozen=True, slots=True)
class Schedule:
    """When calls may be placed; an earliest moment of None is at once."""

    earliest: datetime | None = None
    latest: datetime | None = None


def schedule_of(body: Mapping[str, Any]) -> Schedule:
    """Return the schedule of a body, without what is no moment."""
    plan = plan_of(body)
    return Schedule(_aware(plan.get("earliestAt")), _aware(plan.get("latestAt")))


def text_of(moment: datetime) -> str:
    """Return a moment as it is written in a schedule, in UTC."""
    return write_moment(moment, "seconds")


def plan_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schedule plan of a body; empty without one."""
    plan = body.get("schedulePlan")
    return cast("Mapping[str, Any]", plan) if isinstance(plan, Mapping) else {}


def moment_of(given: Any) -> datetime | None:
    """Return the moment a text says; within the years that every zone can say."""
    try:
        moment = read_moment(given, zone=None) if isinstance(given, str) else None
    except ValueError:
        return None
    return moment if moment is not None and 1 < moment.year < MAXYEAR else None


def _aware(given: Any) -> datetime | None:
    moment = moment_of(given)
    return None if moment is None or moment.tzinfo is None else moment

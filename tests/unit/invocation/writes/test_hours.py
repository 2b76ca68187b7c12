"""Calling hours end somewhere: what may go on after that is refused, with the next moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.writes import CALL, ID, Stage
from tests.unit.invocation.writes.test_policy import BERLIN, LONDON, NEW_YORK, order
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.writes.policy.hours import CallingHours, Opening, next_opening, open_until

HOURS = CallingHours("09:00", "20:00")
CAMPAIGN = "create_a_vapi_campaign"
TOLL_FREE = "+18005550123"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def campaign(people: int = 1, **more: Any) -> dict[str, Any]:
    customers = [{"number": f"+4420718387{n:02}"} for n in range(people)]
    return {
        "name": "c",
        "assistantId": ID,
        "phoneNumberId": ID,
        "customers": customers,
        "schedulePlan": {"earliestAt": "2026-03-02T12:00:00Z", "latestAt": "2026-03-02T18:00:00Z"},
        **more,
    }


async def refused(tool: str, hours: CallingHours = HOURS, /, **arguments: Any) -> str:
    stage = Stage(policy=Policy(calling_hours=hours.as_json))
    with pytest.raises(WriteHeld) as held:
        await stage.call(tool, **arguments)
    assert held.value.extra["rule"] == "calling_hours"
    assert stage.vapi.writes == []
    return held.value.message


async def passes(tool: str, **arguments: Any) -> tuple[str, ...]:
    stage = Stage(policy=Policy(calling_hours=HOURS.as_json))
    result = await stage.call(tool, **arguments)
    return result.notes


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        # 2026-03-02 is a Monday.
        (CallingHours("09:00", "20:00", ("mon",)), "2026-03-02T10:00:00Z", "2026-03-02T20:00:00Z"),
        (CallingHours("09:00", "20:00", ("mon",)), "2026-03-02T20:00:00Z", None),
        (CallingHours("09:00", "20:00", ("mon",)), "2026-03-03T10:00:00Z", None),
        (CallingHours("22:00", "02:00", ("mon",)), "2026-03-02T23:00:00Z", "2026-03-03T02:00:00Z"),
        (CallingHours("22:00", "02:00", ("mon",)), "2026-03-03T01:00:00Z", "2026-03-03T02:00:00Z"),
        (CallingHours("22:00", "02:00", ("mon",)), "2026-03-02T01:00:00Z", None),
        (CallingHours("22:00", "02:00", ("sun",)), "2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z"),
        # Clocks go forward at one and back at two: an hour less, an hour more.
        (CallingHours("00:00", "06:00"), "2026-03-29T00:30:00Z", "2026-03-29T05:00:00Z"),
        (CallingHours("00:00", "06:00"), "2026-10-25T00:30:00Z", "2026-10-25T06:00:00Z"),
    ],
)
def test_hours_end_where_the_number_is(hours: CallingHours, at: str, until: str | None) -> None:
    wanted = None if until is None else moment(until)
    assert open_until(hours, "Europe/London", moment(at)) == wanted


def test_hours_around_the_clock_go_on_for_days() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    until = open_until(CallingHours("00:00", "00:00"), "Europe/London", now)
    assert until is not None
    assert until > now + timedelta(days=6)


@pytest.mark.parametrize(
    ("hours", "zones", "opening"),
    [
        (HOURS, ("Europe/London",), ("2026-03-02T12:00:00Z", "2026-03-02T20:00:00Z")),
        (HOURS, ("Asia/Tokyo",), ("2026-03-03T00:00:00Z", "2026-03-03T11:00:00Z")),
        (
            HOURS,
            ("Europe/London", "America/Los_Angeles"),
            ("2026-03-02T17:00:00Z", "2026-03-02T20:00:00Z"),
        ),
        (
            CallingHours("09:00", "20:00", ("sat",)),
            ("Europe/Berlin",),
            ("2026-03-07T08:00:00Z", "2026-03-07T19:00:00Z"),
        ),
        (HOURS, ("Asia/Tokyo", "America/Los_Angeles", "Europe/London"), None),
    ],
)
def test_the_next_opening_is_one_for_all_zones(
    hours: CallingHours, zones: tuple[str, ...], opening: tuple[str, str] | None
) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    wanted = None if opening is None else Opening(*map(moment, opening))
    assert next_opening(hours, zones, now) == wanted


async def test_a_refusal_has_the_next_moment_as_a_date() -> None:
    message = await refused(CALL, **order(NEW_YORK))
    assert "it would be mon 07:00 for +12125550123 (America/New_York)" in message
    assert "Set schedulePlan.earliestAt to 2026-03-02T14:00:00Z" in message
    assert "schedulePlan.latestAt to 2026-03-03T01:00:00Z at the latest" in message
    plan = {"earliestAt": "2026-03-02T14:00:00Z", "latestAt": "2026-03-03T01:00:00Z"}
    await passes(CALL, **order(NEW_YORK, schedulePlan=plan))


async def test_a_refusal_says_where_no_moment_exists() -> None:
    message = await refused(CALL, CallingHours("10:00", "16:00"), **order(TOLL_FREE))
    assert "There is no time that is within the hours wherever this number may be" in message
    assert "do not try other times" in message
    message = await refused(CALL, **order(LONDON, "+819012345678", "+13105550123"))
    assert "call the people of one time zone at a time" in message


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CALL, order(LONDON, schedulePlan={"earliestAt": "2026-03-02T13:00:00Z"})),
        (CAMPAIGN, campaign(schedulePlan={"earliestAt": "2026-03-02T13:00:00Z"})),
        (CAMPAIGN, campaign(schedulePlan=None)),
        (
            "update_a_vapi_campaign_by_id",
            {
                "id": ID,
                "dialPlan": [{"phoneNumberId": ID, "customers": [{"number": LONDON}]}],
                "nested": "replace",
            },
        ),
    ],
)
async def test_what_may_go_on_without_an_end_is_refused(
    tool: str, arguments: dict[str, Any]
) -> None:
    message = await refused(tool, **arguments)
    assert "schedulePlan.latestAt is missing" in message
    assert "schedulePlan.latestAt to 2026-03-02T20:00:00Z at the latest" in message


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (("2026-03-02T19:50:00Z", "2026-03-03T04:30:00Z"), "until tue 04:30"),
        (("2026-03-02T13:00:00Z", "2026-03-03T06:30:00Z"), "until tue 06:30"),
        # On the next day the hours are open again; between them they are not.
        (("2026-03-02T13:00:00Z", "2026-03-03T13:00:00Z"), "until tue 13:00"),
    ],
)
async def test_a_window_ends_within_the_hours(plan: tuple[str, str], why: str) -> None:
    given = dict(zip(("earliestAt", "latestAt"), plan, strict=True))
    assert why in await refused(CAMPAIGN, **campaign(schedulePlan=given))
    assert why in await refused(CALL, **order(LONDON, schedulePlan=given))


async def test_a_campaign_too_long_for_the_hours_is_refused_with_its_length() -> None:
    late = {"earliestAt": "2026-03-02T19:58:00Z", "latestAt": "2026-03-02T20:00:00Z"}
    message = await refused(CAMPAIGN, **campaign(40, maxConcurrency=1, schedulePlan=late))
    assert "it takes about 2.0 h: 40 numbers, 1 at a time, with calls of 3 min" in message
    assert "Set schedulePlan.earliestAt to 2026-03-03T09:00:00Z" in message
    short = CallingHours("12:00", "13:00")
    message = await refused(CAMPAIGN, short, **campaign(40, maxConcurrency=1))
    assert "The calling hours are too short for it" in message


async def test_the_length_of_recent_calls_is_the_usual_one_and_a_dry_run_says_it() -> None:
    stage = Stage(policy=Policy(calling_hours=HOURS.as_json))
    stage.vapi.reads["GET /call"] = [
        {"startedAt": "2026-03-01T10:00:00.000Z", "endedAt": "2026-03-01T10:10:00.000Z"},
        {"startedAt": "2026-03-01T11:00:00.000Z", "endedAt": "2026-03-01T11:20:00.000Z"},
        {"startedAt": "2026-03-01T12:00:00.000Z"},
    ]
    result = await stage.call(CAMPAIGN, **campaign(20), dry_run=True)
    assert (
        "Expected length of the campaign: about 30 min: 20 numbers, 10 at a time, with calls of "
        "15 min." in result.notes
    )


async def test_a_batch_of_calls_counts_until_the_last_one_begins() -> None:
    stage = Stage(policy=Policy(calling_hours=HOURS.as_json))
    stage.clock.move(hours=7, minutes=58)
    people = [f"+4420718387{n:02}" for n in range(11)]
    await stage.call(CALL, **order(*people[:10]))
    with pytest.raises(WriteHeld, match="it takes about 3 min: 11 numbers, 10 at a time"):
        await stage.call(CALL, **order(*people))


async def test_the_hours_hold_for_everybody() -> None:
    plan = {"earliestAt": "2026-03-02T19:30:00Z", "latestAt": "2026-03-02T19:45:00Z"}
    await passes(CALL, **order(LONDON, schedulePlan=plan))
    assert f"mon 20:30 for {BERLIN}" in await refused(
        CALL, **order(LONDON, BERLIN, schedulePlan=plan)
    )

"""A schedule says moments that are to come, with their zone; all else is refused."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.writes import CALL, ID, Stage, reply
from tests.unit.invocation.writes.test_policy import LONDON, NEW_YORK, order
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import InvalidArguments

CAMPAIGN = "create_a_vapi_campaign"
TOOLS = (CALL, CAMPAIGN)


def scheduled(tool: str, number: str = LONDON, **plan: Any) -> dict[str, Any]:
    people = order(number)
    if tool == CAMPAIGN:
        customers = [people.pop("customer")]
        people = {**people, "name": "c", "customers": customers}
    return {**people, "schedulePlan": plan}


async def refusal(tool: str, stage: Stage | None = None, /, **arguments: Any) -> str:
    stage = stage or Stage()
    with pytest.raises(InvalidArguments) as refused:
        await stage.call(tool, **arguments)
    with pytest.raises(InvalidArguments):
        await stage.call(tool, **arguments, dry_run=True)
    assert stage.vapi.writes == []
    return refused.value.message


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("given", ["tomorrow 9am", "Fri, 27 Nov 2026 23:56:46 GMT", "2026-13-01"])
async def test_what_is_no_date_is_refused(tool: str, given: str) -> None:
    message = await refusal(tool, **scheduled(tool, earliestAt=given))
    assert f"schedulePlan.earliestAt is {given!r}, which is not a date and time" in message


@pytest.mark.parametrize("tool", TOOLS)
async def test_a_moment_without_a_zone_is_refused_with_both_readings(tool: str) -> None:
    message = await refusal(tool, **scheduled(tool, NEW_YORK, earliestAt="2027-03-25T22:39:27"))
    assert (
        "without a time zone: write 2027-03-25T22:39:27Z if UTC is meant, or "
        "2027-03-25T22:39:27-04:00 for America/New_York" in message
    )


async def test_the_other_reading_is_that_of_the_policy_or_of_any_place() -> None:
    given = scheduled(CALL, "+18005550123", earliestAt="2027-03-25T22:39:27")
    assert "such as 2027-03-25T22:39:27-07:00" in await refusal(CALL, **given)
    here = Stage(policy=Policy(time_zone="Europe/Berlin"))
    message = await refusal(CALL, here, **given)
    assert "2027-03-25T22:39:27+01:00 for Europe/Berlin" in message


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", ["earliestAt", "latestAt"])
async def test_the_past_is_refused_and_now_is_named(tool: str, name: str) -> None:
    plan = {"earliestAt": "2026-03-02T13:00:00Z", name: "2020-01-01T00:00:00Z"}
    message = await refusal(tool, **scheduled(tool, **plan))
    assert f"schedulePlan.{name} is 2020-01-01T00:00:00Z, which is in the past" in message
    assert "now it is 2026-03-02T12:00:00Z" in message


async def test_an_update_of_a_campaign_keeps_the_same_rules() -> None:
    given = {"id": ID, "schedulePlan": {"earliestAt": "2020-01-01T00:00:00Z"}, "nested": "replace"}
    assert "which is in the past" in await refusal("update_a_vapi_campaign_by_id", **given)


async def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    plan = {"earliestAt": "2026-03-03T13:00:00Z", "latestAt": "2026-03-03T12:00:00Z"}
    assert "is before schedulePlan.earliestAt" in await refusal(CALL, **scheduled(CALL, **plan))


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "given", ["2026-03-02T11:59:30Z", "2026-03-02T12:00:00.000Z", "2027-03-25T15:00:00-07:00"]
)
async def test_moments_to_come_are_sent_as_they_are(tool: str, given: str) -> None:
    stage = Stage()
    await stage.call(tool, **scheduled(tool, earliestAt=given))
    assert given.encode() in (stage.vapi.writes[0].body or b"")


UPDATE = "update_a_vapi_campaign_by_id"
BEFORE, AFTER = "2026-03-01T12:00:00Z", "2026-03-03T12:00:00Z"


def saved(**plan: Any) -> Stage:
    stage = Stage()
    stage.vapi.reads[f"GET /campaign/{ID}"] = {"id": ID, "name": "c", "schedulePlan": plan}
    return stage


@pytest.mark.parametrize("nested", [{}, {"nested": "merge"}, {"nested": "replace"}])
@pytest.mark.parametrize(
    ("sent", "plan"),
    [
        ({"earliestAt": BEFORE}, {"earliestAt": BEFORE}),
        ({"earliestAt": "2026-03-01T13:00:00+01:00"}, {"earliestAt": "2026-03-01T12:00:00.000Z"}),
        ({"earliestAt": BEFORE, "latestAt": AFTER}, {"earliestAt": BEFORE, "latestAt": BEFORE}),
        ({"earliestAt": AFTER, "latestAt": BEFORE}, {"earliestAt": AFTER, "latestAt": BEFORE}),
    ],
)
async def test_a_saved_schedule_that_is_over_can_be_sent_back(
    nested: dict[str, str], sent: dict[str, str], plan: dict[str, str]
) -> None:
    stage = saved(**plan)
    await stage.call(UPDATE, id=ID, name="renamed", schedulePlan=sent, **nested)
    assert [orjson.loads(each.body or b"") for each in stage.vapi.writes] == [
        {"name": "renamed", "schedulePlan": sent}
    ]
    assert len(stage.vapi.read) == 1


async def test_a_part_of_a_schedule_is_merged_into_one_that_is_over() -> None:
    stage = saved(earliestAt=BEFORE)
    await stage.call(UPDATE, id=ID, schedulePlan={"latestAt": AFTER}, nested="merge")
    assert [orjson.loads(each.body or b"") for each in stage.vapi.writes] == [
        {"schedulePlan": {"earliestAt": BEFORE, "latestAt": AFTER}}
    ]


@pytest.mark.parametrize("plan", [{}, {"earliestAt": AFTER}, {"latestAt": BEFORE}])
async def test_a_new_moment_that_is_over_is_refused_beside_a_saved_schedule(
    plan: dict[str, str],
) -> None:
    given = {"schedulePlan": {"earliestAt": BEFORE}, "nested": "replace"}
    message = await refusal(UPDATE, saved(**plan), id=ID, **given)
    assert "Give a future time, or leave schedulePlan out to keep the saved one." in message


async def test_a_schedule_that_cannot_be_compared_counts_as_a_new_one() -> None:
    stage = Stage()
    stage.vapi.reads[f"GET /campaign/{ID}"] = reply({"message": "down"}, 503)
    given = {"schedulePlan": {"earliestAt": BEFORE}, "nested": "replace"}
    assert "which is in the past" in await refusal(UPDATE, stage, id=ID, **given)


@pytest.mark.parametrize("tool", TOOLS)
async def test_only_what_is_new_is_told_to_dial_at_once(tool: str) -> None:
    message = await refusal(tool, **scheduled(tool, earliestAt=BEFORE))
    assert "or leave schedulePlan out to dial at once" in message

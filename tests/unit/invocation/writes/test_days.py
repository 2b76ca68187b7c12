"""Limits of a day: how much is used, when they reset, and on which day a call counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.writes import CALL, Stage
from tests.unit.invocation.writes.test_policy import BERLIN, LONDON, order
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import WriteHeld


def at(text: str) -> dict[str, Any]:
    return order(LONDON, schedulePlan={"earliestAt": text})


async def refusal(stage: Stage, **arguments: Any) -> str:
    with pytest.raises(WriteHeld) as held:
        await stage.call(CALL, **arguments)
    return held.value.message.partition("allow it: ")[2]


async def test_a_full_day_says_what_is_used_and_when_it_resets() -> None:
    stage = Stage(policy=Policy(calls_per_day=5))
    for _ in range(5):
        await stage.call()
    assert await refusal(stage, **order(LONDON)) == (
        "calls_per_day is 5; 5 of 5 used today, resets at 2026-03-03T00:00:00Z. Nothing was "
        "sent. Reach fewer people, or wait until then."
    )


async def test_what_is_left_of_a_day_is_said() -> None:
    stage = Stage(policy=Policy(customers_per_day=2))
    await stage.call(CALL, **order(LONDON))
    message = await refusal(stage, **order(LONDON, BERLIN, "+12125550123"))
    assert message.startswith(
        "customers_per_day is 2; 1 of 2 used today, resets at 2026-03-03T00:00:00Z; this one "
        "would take more people."
    )


async def test_a_call_counts_on_its_own_day() -> None:
    stage = Stage(policy=Policy(calls_per_day=1))
    await stage.call(CALL, **at("2026-03-04T10:00:00Z"))
    await stage.call()
    message = await refusal(stage, **at("2026-03-04T23:00:00+00:00"))
    assert "1 of 1 used on 2026-03-04, resets at 2026-03-05T00:00:00Z" in message
    stage.clock.move(days=2)
    assert "1 of 1 used today" in await refusal(stage, **order(LONDON))


async def test_days_are_those_of_the_policys_time_zone() -> None:
    stage = Stage(policy=Policy(calls_per_day=1, time_zone="America/Los_Angeles"))
    await stage.call()  # four in the morning there
    stage.clock.move(hours=14)
    assert "1 of 1 used today, resets at 2026-03-03T08:00:00Z" in await refusal(
        stage, **order(LONDON)
    )
    stage.clock.move(hours=7)
    await stage.call()


async def test_spending_is_counted_from_midnight_in_the_policys_time_zone() -> None:
    stage = Stage(policy=Policy(max_spend_per_day=5.0, time_zone="Asia/Kolkata"))
    stage.vapi.reads["POST /analytics"] = [{"result": [{"sumcost": 6.0}]}]
    message = await refusal(stage, **order(LONDON))
    assert "$6.00 were spent today, resets at 2026-03-02T18:30:00Z" in message
    assert b'"start":"2026-03-01T18:30:00Z"' in (stage.vapi.read[0].body or b"")

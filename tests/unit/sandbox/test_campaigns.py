from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox import Driver, drive

LATER = {"earliestAt": "2026-11-20T13:00:00Z"}


def _customers(count: int) -> list[dict[str, str]]:
    return [{"number": f"+1415555{2000 + index}"} for index in range(count)]


async def _body(sandbox: Driver, **fields: Any) -> dict[str, Any]:
    return {
        "name": "Autumn",
        "assistantId": (await sandbox.assistant())["id"],
        "phoneNumberId": (await sandbox.number())["id"],
        "customers": _customers(3),
        **fields,
    }


async def test_a_campaign_starts_at_once_and_its_counters_follow_its_calls() -> None:
    async with drive() as sandbox:
        campaign = await sandbox.ok("POST", "/campaign", await _body(sandbox))
        path = f"/campaign/{campaign['id']}"
        sandbox.clock.forward(2)
        ringing = await sandbox.ok("GET", path)
        sandbox.clock.forward(100)
        ended = await sandbox.ok("GET", path)
        calls = await sandbox.ok("GET", "/call")
    assert (campaign["status"], campaign["callsCounterQueued"]) == ("in-progress", 3)
    assert ringing["callsCounterInProgress"] == 3
    assert (ended["status"], ended["endedReason"]) == ("ended", "campaign.ended.success")
    assert ended["callsCounterEnded"] == 3
    assert {call["id"] for call in calls} == set(ended["calls"])
    assert {call["campaignId"] for call in calls} == {campaign["id"]}


async def test_a_campaign_keeps_to_its_concurrency() -> None:
    async with drive() as sandbox:
        body = await _body(sandbox, customers=_customers(5), maxConcurrency=2)
        campaign = await sandbox.ok("POST", "/campaign", body)
        sandbox.clock.forward(10)
        path = f"/campaign/{campaign['id']}"
        talking = await sandbox.ok("GET", path)
        sandbox.clock.forward(300)
        ended = await sandbox.ok("GET", path)
    assert (talking["callsCounterInProgress"], talking["callsCounterScheduled"]) == (2, 3)
    assert (ended["status"], ended["callsCounterEnded"]) == ("ended", 5)


async def test_voicemails_are_counted_by_themselves() -> None:
    async with drive() as sandbox:
        body = await _body(sandbox, customers=[{"number": "+14155550193"}])
        campaign = await sandbox.ok("POST", "/campaign", body)
        sandbox.clock.forward(60)
        ended = await sandbox.ok("GET", f"/campaign/{campaign['id']}")
    assert (ended["callsCounterEnded"], ended["callsCounterEndedVoicemail"]) == (1, 1)


async def test_a_scheduled_campaign_can_change_and_dials_what_it_was_changed_to() -> None:
    async with drive() as sandbox:
        body = await _body(sandbox, schedulePlan=LATER)
        campaign = await sandbox.ok("POST", "/campaign", body)
        path = f"/campaign/{campaign['id']}"
        number_id = (await sandbox.number())["id"]
        changed = await sandbox.ok("PATCH", path, {"name": "Winter", "phoneNumberId": number_id})
        sandbox.clock.forward(3700)
        calls = await sandbox.ok("GET", "/call")
        ended = await sandbox.ok("GET", path)
    assert (changed["name"], changed["status"]) == ("Winter", "scheduled")
    assert {call["phoneNumberId"] for call in calls} == {number_id}
    assert ended["callsCounterEnded"] == len(calls) == 3


async def test_a_started_campaign_can_only_be_stopped() -> None:
    async with drive() as sandbox:
        body = await _body(sandbox, maxConcurrency=1)
        path = f"/campaign/{(await sandbox.ok('POST', '/campaign', body))['id']}"
        sandbox.clock.forward(2)
        refused = await sandbox.refused("PATCH", path, {"name": "Winter"})
        active = await sandbox.refused("PATCH", path, {"status": "active"})
        stopped = await sandbox.ok("PATCH", path, {"status": "ended"})
        again = await sandbox.refused("PATCH", path, {"status": "cancelled"})
        sandbox.clock.forward(300)
        calls = await sandbox.ok("GET", "/call")
    assert refused == "Couldn't Update Campaign. Only `status` Can Change After It Started."
    assert active == ["status must be one of the following values: ended, cancelled"]
    assert stopped["endedReason"] == "campaign.in-progress.ended-by-user"
    assert again == "Couldn't Update Campaign. It Is Already ended."
    reasons = [call["endedReason"] for call in calls]
    assert reasons.count("manually-canceled") == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "name should not be empty"),
        ({"assistantId": None}, "Need One Of `assistantId`, `workflowId`, `squadId`."),
        ({"squadId": "x"}, "`assistantId` And `squadId` Are Mutually Exclusive."),
        ({"customers": None}, "Need Either `phoneNumberId` And `customers`, Or `dialPlan`."),
        ({"customers": []}, "Need Either `phoneNumberId` And `customers`, Or `dialPlan`."),
        ({"dialPlan": []}, "`phoneNumberId` And `dialPlan` Are Mutually Exclusive."),
        ({"maxConcurrency": 0}, "maxConcurrency must not be less than 1"),
        ({"customers": [{"number": "1"}]}, "customers.0.number must be longer than or equal to 3"),
        ({"customers": [{"number": "0800"}]}, "customers.0.number must be a valid phone number"),
        ({"duplicateFromCampaignId": "x"}, "Couldn't Get Campaign."),
    ],
)
async def test_campaigns_that_make_no_sense_are_refused(change: Any, message: str) -> None:
    async with drive() as sandbox:
        said = await sandbox.refused("POST", "/campaign", await _body(sandbox, **change))
    assert (said if isinstance(said, str) else said[0]).startswith(message)


async def test_a_campaign_takes_ten_thousand_customers_and_not_one_more() -> None:
    async with drive() as sandbox:
        body = await _body(sandbox, customers=_customers(10_001))
        message = await sandbox.refused("POST", "/campaign", body)
        body["customers"].pop()
        campaign = await sandbox.ok("POST", "/campaign", {**body, "schedulePlan": LATER})
    assert message == ["customers must contain no more than 10000 elements"]
    assert campaign["callsCounterScheduled"] == 10_000


async def test_free_vapi_numbers_cannot_run_campaigns() -> None:
    async with drive() as sandbox:
        number_id = (await sandbox.number(provider="vapi"))["id"]
        body = await _body(sandbox, phoneNumberId=number_id)
        message = await sandbox.refused("POST", "/campaign", body)
    assert "Free Vapi Numbers Cannot Be Used In Campaigns" in message


async def test_a_dial_plan_gives_each_number_its_customers() -> None:
    async with drive() as sandbox:
        numbers = [(await sandbox.number())["id"] for _ in range(2)]
        plan = [
            {"phoneNumberId": number, "customers": [customer]}
            for number, customer in zip(numbers, _customers(2), strict=True)
        ]
        body = await _body(sandbox, phoneNumberId=None, customers=None, dialPlan=plan)
        await sandbox.ok("POST", "/campaign", body)
        calls = await sandbox.ok("GET", "/call")
    dialled = {call["phoneNumberId"]: call["customer"] for call in calls}
    assert dialled == {entry["phoneNumberId"]: entry["customers"][0] for entry in plan}


async def test_a_duplicate_takes_over_what_it_does_not_say() -> None:
    async with drive() as sandbox:
        source = await sandbox.ok("POST", "/campaign", await _body(sandbox, schedulePlan=LATER))
        body = {"name": "Again", "duplicateFromCampaignId": source["id"]}
        copy = await sandbox.ok("POST", "/campaign", body)
    assert copy["customers"] == source["customers"]
    assert copy["assistantId"] == source["assistantId"]
    assert (copy["status"], len(copy["calls"])) == ("in-progress", 3)
    assert "duplicateFromCampaignId" not in copy


async def test_a_deleted_campaign_dials_nobody_any_more() -> None:
    async with drive() as sandbox:
        campaign = await sandbox.ok("POST", "/campaign", await _body(sandbox, schedulePlan=LATER))
        await sandbox.ok("DELETE", f"/campaign/{campaign['id']}")
        sandbox.clock.forward(4000)
        calls = await sandbox.ok("GET", "/call")
        found = await sandbox.ok("GET", "/campaign?status=scheduled")
    assert {call["endedReason"] for call in calls} == {"manually-canceled"}
    assert found["results"] == []

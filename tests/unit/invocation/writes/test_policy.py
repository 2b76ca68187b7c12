"""What an owner's policy allows is sent; a refusal names the rule and what would pass."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import Any

import pytest

from tests.support.writes import CALL, ID, NUMBER, ORDER, Stage, reply
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import StoreError, ToolError, UpstreamFailed, WriteHeld
from vapi_mcp.invocation.failures.transport_errors import timed_out, unreachable
from vapi_mcp.invocation.writes.policy import rule as rules
from vapi_mcp.invocation.writes.policy.hours import CallingHours
from vapi_mcp.invocation.writes.policy.phone_number import PhoneNumber, parse_number
from vapi_mcp.store.memory.memory_store import MemoryStore

OTHER = "6f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
LONDON, BERLIN, NEW_YORK = "+442071838750", "+493012345678", "+12125550123"
IDAHO = "+12085550123"
HOURS = CallingHours("09:00", "20:00")


def order(*numbers: str, **more: Any) -> dict[str, Any]:
    people = [{"number": number} for number in numbers]
    who = {"customer": people[0]} if len(people) == 1 else {"customers": people}
    return {"assistantId": ID, "phoneNumberId": ID, **who, **more}


def chat(number: str) -> dict[str, Any]:
    transport = {"type": "twilio.sms", "phoneNumberId": ID, "customer": {"number": number}}
    return {"assistantId": ID, "input": "Hello", "transport": transport, "stream": False}


async def refused(policy: Policy, tool: str = CALL, /, **arguments: Any) -> WriteHeld:
    stage = Stage(policy=policy)
    with pytest.raises(WriteHeld, match="Nothing was sent") as held:
        await stage.call(tool, **arguments)
    assert held.value.status == 403
    assert stage.vapi.writes == []
    return held.value


async def passes(policy: Policy, tool: str = CALL, /, **arguments: Any) -> None:
    stage = Stage(policy=policy)
    await stage.call(tool, **arguments)
    assert len(stage.vapi.writes) == 1


@pytest.mark.parametrize(("many", "is_many"), [(2, False), (1_200, True)])
async def test_the_rules_of_many_people_are_checked_beside_the_loop_and_each_number_parsed_once(
    many: int, *, is_many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []

    def parse(number: str) -> PhoneNumber | None:
        threads.append(threading.current_thread() is not threading.main_thread())
        return parse_number(number)

    monkeypatch.setattr(rules, "parse_number", parse)
    rule = Policy(allowed_prefixes=("+1",), calls_per_day=9_999, customers_per_day=9_999)
    people = [{"number": f"+1415{2_000_000 + n}"} for n in range(many)]
    campaign = {"name": "c", "assistantId": ID, "phoneNumberId": ID, "customers": people}
    await Stage(policy=rule).call("create_a_vapi_campaign", **campaign, dry_run=True)
    assert threads == [is_many] * many


ALLOWED = Policy(allowed_prefixes=("+44", "+4930"))


async def test_only_allowed_prefixes_pass() -> None:
    await passes(ALLOWED, **order(LONDON, BERLIN))
    error = await refused(ALLOWED, **order(LONDON, NUMBER))
    assert "allowed_prefixes is +44, +4930" in error.message
    assert NUMBER in error.message
    assert error.extra["rule"] == "allowed_prefixes"


async def test_blocked_prefixes_do_not_pass_though_a_shorter_one_is_allowed() -> None:
    policy = Policy(allowed_prefixes=("+1",), blocked_prefixes=("+1900", "+1976"))
    await passes(policy, **order(NUMBER))
    assert (await refused(policy, **order("+19005550123"))).extra["rule"] == "blocked_prefixes"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CALL, order(NUMBER)),
        (CALL, order(LONDON, NUMBER)),
        ("create_a_vapi_campaign", {"name": "c", **order(LONDON, NUMBER)}),
        (
            "create_a_vapi_campaign",
            {"name": "c", "dialPlan": [{"phoneNumberId": ID, "customers": [{"number": NUMBER}]}]},
        ),
        (
            "update_a_vapi_campaign_by_id",
            {
                "id": ID,
                "dialPlan": [{"phoneNumberId": ID, "customers": [{"number": NUMBER}]}],
                "nested": "replace",
            },
        ),
        ("create_a_vapi_chat", chat(NUMBER)),
        ("create_a_vapi_chat_response", chat(NUMBER)),
    ],
)
async def test_every_tool_that_rings_or_texts_is_covered(
    tool: str, arguments: dict[str, Any]
) -> None:
    await refused(ALLOWED, tool, **arguments)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CALL, {"assistantId": ID, "phoneNumberId": ID, "customerId": ID}),
        (CALL, {**ORDER, "customer": {"sipUri": "sip:a@b.example"}}),
        (CALL, {**ORDER, "customer": {"number": "extension 7", "numberE164CheckEnabled": False}}),
        (CALL, {**ORDER, "customer": {"number": "+44", "numberE164CheckEnabled": False}}),
        ("create_a_vapi_campaign", {"name": "c", "duplicateFromCampaignId": ID}),
        (
            "update_a_vapi_campaign_by_id",
            {"id": ID, "schedulePlan": {"earliestAt": "2027-01-01T00:00:00Z"}, "nested": "replace"},
        ),
        ("update_a_vapi_campaign_by_id", {"id": ID, "clear": ["schedulePlan"]}),
    ],
)
async def test_whom_a_policy_cannot_see_is_not_reached(
    tool: str, arguments: dict[str, Any]
) -> None:
    error = await refused(Policy(calls_per_day=5), tool, **arguments)
    assert "checked" in error.message


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_a_vapi_chat", {"assistantId": ID, "input": "Hello", "stream": False}),
        ("create_a_vapi_assistant", {"name": "Ada"}),
        ("update_a_vapi_campaign_by_id", {"id": ID, "status": "ended"}),
        ("delete_a_vapi_call_by_id", {"id": ID}),
    ],
)
async def test_what_reaches_nobody_passes(tool: str, arguments: dict[str, Any]) -> None:
    policy = Policy(allowed_prefixes=("+44",), calls_per_day=0, allowed_assistants=("x",))
    await passes(policy, tool, **arguments)


@pytest.mark.parametrize(
    ("number", "at", "allowed"),
    [
        (LONDON, "2026-03-02T09:00:00Z", True),
        (LONDON, "2026-03-02T08:59:00Z", False),
        (LONDON, "2026-03-02T19:59:00Z", True),
        (LONDON, "2026-03-02T20:00:00Z", False),
        (BERLIN, "2026-03-02T08:00:00Z", True),
        (BERLIN, "2026-07-02T18:00:00Z", False),
        (NEW_YORK, "2026-03-02T13:59:00Z", False),
        (NEW_YORK, "2026-03-02T14:00:00Z", True),
        (NEW_YORK, "2026-03-02T09:00:00-05:00", True),
        # Half past nine in Boise, half past eight by the lake: it may be in either.
        (IDAHO, "2026-03-02T16:30:00Z", False),
        (IDAHO, "2026-03-02T17:30:00Z", True),
    ],
)
async def test_hours_are_those_of_the_called_number(number: str, at: str, allowed: bool) -> None:
    policy = Policy(calling_hours=CallingHours("09:00", "20:00").as_json)
    call = order(number, schedulePlan={"earliestAt": at, "latestAt": at})
    stage = Stage(policy=policy)
    stage.clock.move(days=-5)
    if allowed:
        await stage.call(CALL, **call)
    else:
        with pytest.raises(WriteHeld, match="calling_hours is 09:00 to 20:00"):
            await stage.call(CALL, **call)


async def test_without_a_plan_the_hours_are_held_against_now() -> None:
    # It is noon on a Monday in London.
    await passes(Policy(calling_hours=HOURS.as_json), **order(LONDON))
    await refused(Policy(calling_hours=HOURS.as_json), **order("+819012345678"))


async def test_calls_count_through_the_day_and_in_every_process() -> None:
    policy = Policy(calls_per_day=3)
    stage = Stage(policy=policy)
    await stage.call(CALL, **order(LONDON, BERLIN))
    other = stage.beside(policy=policy)
    with pytest.raises(WriteHeld, match="calls_per_day is 3; 2 of 3 used today, resets at"):
        await other.call(CALL, **order(LONDON, BERLIN))
    await other.call(CALL, **order(LONDON))
    with pytest.raises(WriteHeld, match="calls_per_day"):
        await stage.call()
    stage.clock.move(hours=12)
    await stage.call()


async def test_many_at_once_keep_the_limit() -> None:
    stage = Stage(policy=Policy(calls_per_day=4))
    tries = (stage.call() for _ in range(12))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(each, WriteHeld) for each in results) == 8
    assert len(stage.vapi.writes) == 4


async def test_a_person_counts_once_a_day() -> None:
    stage = Stage(policy=Policy(customers_per_day=2))
    for number in (LONDON, BERLIN, LONDON):
        await stage.call(CALL, **order(number))
    with pytest.raises(WriteHeld, match="customers_per_day is 2"):
        await stage.call()


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (reply({"message": "no"}, 400), 1),
        (partial(unreachable, "api.vapi.ai", "refused"), 1),
        (partial(timed_out, 30, writes=True), 0),
        (reply({"message": "oh"}, 500), 0),
    ],
)
async def test_what_surely_did_nothing_is_given_back(answer: Any, left: int) -> None:
    stage = Stage(policy=Policy(calls_per_day=1))
    stage.vapi.answer = answer
    with pytest.raises(ToolError):
        await stage.call()
    stage.vapi.answer = None
    results = await asyncio.gather(stage.call(), return_exceptions=True)
    assert sum(not isinstance(each, WriteHeld) for each in results) == left


async def test_a_refusal_by_the_days_limit_frees_the_key() -> None:
    stage = Stage(policy=Policy(calls_per_day=1))
    await stage.call(idempotency_key="one")
    assert (await stage.call(idempotency_key="one")).notes[0].startswith("Replayed")
    with pytest.raises(WriteHeld, match="calls_per_day"):
        await stage.call(idempotency_key="two")
    stage.clock.move(hours=13)
    await stage.call(idempotency_key="two")


SPEAKS = Policy(allowed_assistants=(ID,))


@pytest.mark.parametrize(
    ("tool", "change"),
    [
        (CALL, {"assistantId": OTHER}),
        (CALL, {"assistantId": None}),
        (CALL, {"assistant": {"name": "x"}}),
        (CALL, {"squadId": ID}),
        (CALL, {"squad": {"members": []}}),
        (CALL, {"assistantOverrides": {"model": {"provider": "openai"}}}),
        (CALL, {"customer": {"number": NUMBER, "assistantOverrides": {"firstMessage": "x"}}}),
        ("create_a_vapi_campaign", {"name": "c", "assistantId": OTHER}),
        ("create_a_vapi_chat", {**chat(NUMBER), "sessionId": ID}),
    ],
)
async def test_only_allowed_assistants_speak(tool: str, change: dict[str, Any]) -> None:
    error = await refused(SPEAKS, tool, **{**order(NUMBER), **change} if tool == CALL else change)
    assert error.extra["rule"] == "allowed_assistants"
    assert ID in error.message


async def test_an_allowed_assistant_speaks_and_knows_names() -> None:
    names = {"assistantOverrides": {"variableValues": {"name": "Ann"}}}
    await passes(SPEAKS, **order(NUMBER, **names))
    target = {"type": "assistant", "assistantId": ID}
    await passes(SPEAKS, "create_a_vapi_eval_run", evalId=ID, target=target)
    target["assistantId"] = OTHER
    await refused(SPEAKS, "create_a_vapi_eval_run", evalId=ID, target=target)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (CALL, {**ORDER, "phoneNumberId": OTHER}),
        (CALL, {**ORDER, "phoneNumber": {"twilioPhoneNumber": "+1"}, "phoneNumberId": None}),
        (CALL, {"assistantId": ID, "customer": {"number": NUMBER}}),
        (
            "create_a_vapi_campaign",
            {"name": "c", "dialPlan": [{"phoneNumberId": OTHER, "customers": []}]},
        ),
        ("create_a_vapi_chat", {**chat(NUMBER), "transport": {"phoneNumberId": OTHER}}),
    ],
)
async def test_only_allowed_numbers_dial(tool: str, arguments: dict[str, Any]) -> None:
    policy = Policy(allowed_phone_numbers=(ID,))
    assert (await refused(policy, tool, **arguments)).extra["rule"] == "allowed_phone_numbers"
    await passes(policy)


async def test_spending_stops_at_the_days_limit_and_vapi_is_asked_once_a_minute() -> None:
    stage = Stage(policy=Policy(max_spend_per_day=5.0))
    stage.vapi.reads["POST /analytics"] = [{"result": [{"sumcost": 4.9}]}]
    await stage.call()
    await stage.call()
    [asked] = stage.vapi.read
    assert b'"start":"2026-03-02T00:00:00Z"' in (asked.body or b"")
    later = stage.beside(policy=Policy(max_spend_per_day=5.0))
    stage.vapi.reads["POST /analytics"] = [{"result": [{"sumcost": 5.1}]}]
    with pytest.raises(WriteHeld, match=r"max_spend_per_day is \$5; \$5.10 were spent today"):
        await later.call()
    await later.call("create_a_vapi_assistant", name="Ada")


@pytest.mark.parametrize(
    "answer", [reply({"message": "oh"}, 500), [{"result": [{"total": 1}]}], [], {"result": []}]
)
async def test_spending_that_cannot_be_read_stops_spending(answer: Any) -> None:
    stage = Stage(policy=Policy(max_spend_per_day=5.0))
    stage.vapi.reads["POST /analytics"] = answer
    with pytest.raises(WriteHeld, match="does not say"):
        await stage.call()


class Broken(MemoryStore):
    """Records that cannot count."""

    async def claim(self, *_: Any, **__: Any) -> Any:
        raise StoreError


async def test_what_cannot_be_counted_is_not_sent() -> None:
    stage = Stage(records=Broken(), policy=Policy(calls_per_day=1))
    with pytest.raises(WriteHeld, match="nothing was sent") as held:
        await stage.call()
    assert held.value.status == 503
    assert stage.vapi.writes == []


async def test_without_a_policy_a_failing_vapi_is_all_that_fails() -> None:
    stage = Stage(records=Broken())
    stage.vapi.answer = partial(timed_out, 30, writes=True)
    with pytest.raises(UpstreamFailed):
        await stage.call()


def test_a_policy_comes_back_from_its_json() -> None:
    policy = Policy(
        allowed_prefixes=("+1",),
        calling_hours=CallingHours("09:00", "20:00", ("mon", "fri")).as_json,
        calls_per_day=0,
        max_spend_per_day=2.5,
    )
    assert Policy(**policy.as_json) == policy
    assert Policy(allowed_prefixes=(), calls_per_day=None).as_json == {}

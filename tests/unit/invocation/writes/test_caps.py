"""Caps of one assistant, one phone number and one customer; a stop after unanswered calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.stores import Database
from tests.support.writes import CALL, ID, NUMBER, Stage, reply
from tests.unit.invocation.writes.test_days import refusal
from tests.unit.invocation.writes.test_policy import BERLIN, LONDON, OTHER, chat, order
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.errors import WriteHeld

CAMPAIGN = "create_a_vapi_campaign"
RESET = "resets at 2026-03-03T00:00:00Z"


def campaign(*numbers: str, **more: Any) -> dict[str, Any]:
    people = [{"number": number} for number in numbers]
    given = {"name": "c", "assistantId": ID, "phoneNumberId": ID, "customers": people, **more}
    return {name: value for name, value in given.items() if value is not None}


def ended(reason: str, *, minutes: int, number: str = LONDON, **more: Any) -> dict[str, Any]:
    """Return a call that began so many minutes before noon."""
    moment = f"2026-03-02T{11 - minutes // 60:02}:{59 - minutes % 60:02}:00.000Z"
    return {
        "createdAt": moment,
        "endedReason": reason,
        "customer": {"number": number},
        "status": "ended",
        **more,
    }


SILENT = [
    ended("customer-did-not-answer", minutes=5),
    ended("voicemail", minutes=50),
    ended("silence-timed-out", minutes=100),
]


async def test_calls_of_one_assistant_end_at_its_cap_and_others_go_on() -> None:
    stage = Stage(policy=Policy(calls_per_day_per_assistant=3))
    await stage.call(CALL, **order(LONDON, BERLIN))
    assert await refusal(stage, **order(LONDON, BERLIN)) == (
        f"calls_per_day_per_assistant is 3; the assistant {ID}: 2 of 3 used today, {RESET}; this "
        "one would take 2 more. Nothing was sent. Reach fewer people with it, or wait until then."
    )
    await stage.call(CALL, **order(LONDON))
    assert f"the assistant {ID}: 3 of 3 used today" in await refusal(
        stage, **{**order(LONDON), "assistantId": ID.upper()}
    )
    await stage.call(CALL, **order(LONDON, BERLIN, NUMBER, assistantId=OTHER))
    stage.clock.move(hours=12)
    await stage.call(CALL, **order(LONDON))


async def test_assistants_that_calls_bring_along_share_one_cap() -> None:
    stage = Stage(policy=Policy(calls_per_day_per_assistant=1))
    brought = {"assistantId": None, "assistant": {"name": "One"}}
    await stage.call(CALL, **order(LONDON, **brought))
    message = await refusal(stage, **order(LONDON, assistantId=None, assistant={"name": "Two"}))
    assert f"; assistants without an id: 1 of 1 used today, {RESET}." in message
    await stage.call(CALL, **order(LONDON))


async def test_each_number_of_a_dial_plan_counts_its_own_people() -> None:
    stage = Stage(policy=Policy(calls_per_day_per_number=2))
    plan = [
        {"phoneNumberId": ID, "customers": [{"number": LONDON}, {"number": BERLIN}]},
        {"phoneNumberId": OTHER, "customers": [{"number": NUMBER}]},
    ]
    given = campaign(phoneNumberId=None, customers=None, dialPlan=plan, understood=True)
    await stage.call(CAMPAIGN, **given)
    assert await refusal(stage, **order(LONDON)) == (
        f"calls_per_day_per_number is 2; the phone number {ID}: 2 of 2 used today, {RESET}. "
        "Nothing was sent. Call fewer people from it, or wait until then."
    )
    await stage.call(CALL, **order(LONDON, phoneNumberId=OTHER))
    assert f"the phone number {OTHER}: 2 of 2" in await refusal(
        stage, **order(LONDON, phoneNumberId=OTHER)
    )


async def test_a_text_counts_for_the_number_that_sends_it() -> None:
    stage = Stage(policy=Policy(calls_per_day_per_number=1))
    await stage.call("create_a_vapi_chat", **chat(LONDON))
    assert f"the phone number {ID}: 1 of 1" in await refusal(stage, **order(LONDON))


async def test_a_loop_of_calls_to_one_person_stops_for_an_hour() -> None:
    stage = Stage(policy=Policy(calls_per_hour_per_customer=2))
    await stage.call(CALL, **order(LONDON))
    stage.clock.move(minutes=30)
    await stage.call(CALL, **order("+44 20 7183 8750"))
    assert await refusal(stage, **order(LONDON)) == (
        f"calls_per_hour_per_customer is 2; {LONDON} has 2 of 2 within an hour of this call. "
        "Nothing was sent. Do not repeat it: ask the user, or call this person after "
        "2026-03-02T13:35:00Z."
    )
    await stage.call(CALL, **order(BERLIN))
    stage.clock.move(minutes=29)
    assert f"{LONDON} has 2 of 2" in await refusal(stage, **order(LONDON))
    stage.clock.move(minutes=6)
    await stage.call(CALL, **order(LONDON))


async def test_one_batch_or_campaign_with_the_same_number_too_often_is_refused() -> None:
    stage = Stage(policy=Policy(calls_per_hour_per_customer=2))
    many = [LONDON, BERLIN, LONDON, "+44 20 7183 8750"]
    assert f"{LONDON} has 0 of 2 within an hour of this call; this one would take 3 more" in (
        await refusal(stage, **order(*many))
    )
    with pytest.raises(WriteHeld, match="would take 3 more"):
        await stage.call(CAMPAIGN, **campaign(*many), understood=True)
    await stage.call(CALL, **order(*many[:3]))
    assert len(stage.vapi.writes) == 1


async def test_caps_count_in_every_process_and_a_dry_run_shows_them(tmp_path: Path) -> None:
    policy = Policy(calls_per_day_per_assistant=1, calls_per_hour_per_customer=1)
    async with Database(tmp_path / "data").opened() as records:
        stage = Stage(policy=policy, records=records)
        other = stage.beside(policy=policy)
        await stage.call(CALL, **order(LONDON), dry_run=True)
        await stage.call(CALL, **order(LONDON))
        assert "1 of 1 used today" in await refusal(other, **order(BERLIN), dry_run=True)
        assert f"{LONDON} has 1 of 1" in await refusal(
            other, **order(LONDON, assistantId=OTHER), dry_run=True
        )


async def test_what_vapi_refuses_is_given_back() -> None:
    stage = Stage(policy=Policy(calls_per_day_per_number=1, calls_per_hour_per_customer=1))
    stage.vapi.answer = reply({"message": "no"}, 400)
    await stage.outcome(CALL, **order(LONDON))
    stage.vapi.answer = None
    await stage.call(CALL, **order(LONDON))
    assert len(stage.vapi.writes) == 2


async def test_a_person_who_did_not_answer_is_left_alone() -> None:
    stage = Stage(policy=Policy(unanswered_calls_in_a_row=3))
    stage.vapi.reads["GET /call"] = SILENT
    assert await refusal(stage, **order(LONDON)) == (
        f"unanswered_calls_in_a_row is 3; the last 3 calls to {LONDON} were not answered "
        "(customer-did-not-answer, voicemail, silence-timed-out). Nothing was sent. Do not call "
        "this person again before 2026-03-03T10:19:01Z, unless they call first."
    )
    [read] = stage.vapi.read
    assert read.query == (("limit", "100"), ("createdAtGe", "2026-03-01T12:00:00Z"))
    await stage.call(CALL, **order(BERLIN))
    with pytest.raises(WriteHeld, match="the last 3 calls"):
        await stage.call(CAMPAIGN, **campaign(BERLIN, LONDON), dry_run=True)
    assert len(stage.vapi.writes) == 1


@pytest.mark.parametrize(
    "calls",
    [
        [],
        SILENT[:2],
        [ended("customer-ended-call", minutes=1), *SILENT],
        [
            SILENT[0],
            ended("assistant-ended-call", minutes=20, type="inboundPhoneCall"),
            *SILENT[1:],
        ],
        [{**each, "customer": {"number": BERLIN}} for each in SILENT],
        [*SILENT[:2], ended("pipeline-error-openai-llm-failed", minutes=200)],
        [*SILENT[:2], {"createdAt": "2026-03-02T09:00:00.000Z", "customer": {"number": LONDON}}],
        [*SILENT[:2], {"createdAt": "2026-03-02T09:00:00.000Z", "endedReason": "voicemail"}],
    ],
)
async def test_one_answer_or_too_few_silent_calls_let_the_next_one_through(calls: Any) -> None:
    stage = Stage(policy=Policy(unanswered_calls_in_a_row=3))
    stage.vapi.reads["GET /call"] = calls
    await stage.call(CALL, **order(LONDON))
    assert len(stage.vapi.writes) == 1


async def test_a_call_on_the_next_day_is_let_through() -> None:
    stage = Stage(policy=Policy(unanswered_calls_in_a_row=3))
    stage.vapi.reads["GET /call"] = SILENT
    tomorrow = {"earliestAt": "2026-03-03T10:19:01Z", "latestAt": "2026-03-03T11:00:00Z"}
    await stage.call(CALL, **order(LONDON, schedulePlan=tomorrow))
    soon = {**tomorrow, "earliestAt": "2026-03-03T10:18:59Z"}
    assert "the last 3 calls" in await refusal(stage, **order(LONDON, schedulePlan=soon))


@pytest.mark.parametrize("answer", [reply({"message": "no"}, 500), reply(b"{"), reply([1])])
async def test_calls_that_cannot_be_read_are_no_permission(answer: Any) -> None:
    stage = Stage(policy=Policy(unanswered_calls_in_a_row=3))
    stage.vapi.reads["GET /call"] = answer
    assert await refusal(stage, **order(LONDON)) == (
        "unanswered_calls_in_a_row is 3; Vapi does not say how the latest calls ended. Nothing "
        "was sent. Try again in a moment."
    )


async def test_a_text_needs_no_answer() -> None:
    stage = Stage(policy=Policy(unanswered_calls_in_a_row=1))
    stage.vapi.reads["GET /call"] = SILENT
    await stage.call("create_a_vapi_chat", **chat(LONDON))
    assert orjson.loads(stage.vapi.writes[0].body or b"")["input"] == "Hello"


@pytest.mark.parametrize(
    "policy",
    [
        Policy(calls_per_day_per_assistant=5),
        Policy(calls_per_day_per_number=5),
        Policy(calls_per_hour_per_customer=5),
        Policy(unanswered_calls_in_a_row=5),
    ],
)
async def test_people_whose_number_is_hidden_are_not_called(policy: Policy) -> None:
    hidden = {**order(LONDON), "customer": None, "customerId": ID}
    assert "a saved customer (customerId) cannot be checked" in await refusal(
        Stage(policy=policy), **hidden
    )

"""What was meant once is sent once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import orjson
import pytest

from tests.support.writes import CALL, ID, NUMBER, ORDER, Stage, Vapi, reply
from vapi_mcp.errors import (
    InvalidArguments,
    OutcomeUnknown,
    StoreError,
    ToolError,
    UpstreamFailed,
    UpstreamRejected,
    WriteHeld,
)
from vapi_mcp.invocation.failures.transport_errors import (
    AnswerTooLarge,
    broken_off,
    timed_out,
    unreachable,
)
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes import claims
from vapi_mcp.invocation.writes import idempotency as once
from vapi_mcp.invocation.writes.pipeline import no_records
from vapi_mcp.registry.scope import scope_of
from vapi_mcp.store.memory.memory_store import MemoryStore

KEY = "ring-ann-on-monday"
UNREACHABLE = partial(unreachable, "api.vapi.ai", "refused")
NO_ANSWER = partial(timed_out, 30, writes=True)
BROKEN_OFF = partial(broken_off, "api.vapi.ai", "reset", writes=True)


async def test_a_repeat_gets_the_first_answer_and_nothing_is_sent() -> None:
    stage = Stage()
    first = await stage.call(idempotency_key=KEY)
    stage.clock.move(hours=23)
    again = await stage.beside().call(idempotency_key=KEY)
    assert len(stage.vapi.writes) == 1
    assert again.text == first.text
    assert again.upstream_ids == ("call-1",)
    assert again.notes[0].startswith("Replayed: this was done at 2026-03-02T12:00:00Z")
    assert (again.notes[1:], first.cost, again.cost) == (first.notes, 0.5, None)


async def test_a_repeat_is_answered_though_its_number_is_gone_by_now() -> None:
    stage = Stage()
    await stage.call(idempotency_key=KEY)
    stage.vapi.reads[f"GET /phone-number/{ID}"] = reply({"message": "Not Found"}, 404)
    again = await stage.call(idempotency_key=KEY)
    assert again.notes[0].startswith("Replayed")
    assert stage.vapi.read == []
    with pytest.raises(InvalidArguments, match="not a number of this account"):
        await stage.call(idempotency_key=f"{KEY}-2")


ODD_DATE = "Fri, 27 Nov 2026 23:56:46 -0000"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "upstream_errors.rate_limit",
        "upstream_errors.quoted",
        "guidance.teach",
    ],
)
async def test_a_refusal_stays_one_and_frees_its_key_whatever_breaks_while_it_is_explained(
    broken: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise TypeError

    if broken == "guidance.teach":
        monkeypatch.setattr("vapi_mcp.invocation.failures.guidance.explained", fail)
        monkeypatch.setattr("vapi_mcp.invocation.failures.guidance._next_call", fail)
        monkeypatch.setattr("vapi_mcp.invocation.failures.guidance.reference_page", fail)
    elif broken:
        monkeypatch.setattr(f"vapi_mcp.invocation.failures.{broken}", fail)
    stage = Stage()
    headers = {"retry-after": ODD_DATE, "x-ratelimit-limit": "9" * 5000}
    stage.vapi.answer = UpstreamResponse(429, headers, b'{"message": "slow"}')
    with pytest.raises(UpstreamRejected) as caught:
        await stage.call(idempotency_key=KEY)
    assert caught.value.status == 429
    assert "outcome" not in caught.value.extra
    stage.vapi.answer = None
    assert (await stage.call(idempotency_key=KEY)).upstream_ids == ("call-2",)


async def test_a_write_whose_explanations_break_down_is_done_and_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise RecursionError

    stage = Stage()
    with monkeypatch.context() as broken:
        broken.setattr("vapi_mcp.invocation.answers.object.remarks", fail)
        broken.setattr("vapi_mcp.invocation.answers.object.untrusted_paths", fail)
        broken.setattr("vapi_mcp.invocation.outcome.estimate_from_sample", fail)
        first = await stage.call(idempotency_key=KEY)
    again = await stage.call(idempotency_key=KEY)
    assert (first.text, first.upstream_ids) == (again.text, ("call-1",))
    assert len(stage.vapi.writes) == 1


async def test_a_write_whose_answer_cannot_be_packed_is_done_and_its_key_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise TypeError

    stage = Stage()
    with monkeypatch.context() as broken:
        broken.setattr(claims, "packed", fail)
        assert (await stage.call(idempotency_key=KEY)).upstream_ids == ("call-1",)
    again = await stage.call(idempotency_key=KEY)
    assert "Its answer is not kept any more" in again.notes[0]
    assert len(stage.vapi.writes) == 1


async def test_nothing_of_a_key_reaches_vapi() -> None:
    stage = Stage()
    await stage.call(idempotency_key=KEY)
    [sent] = stage.vapi.writes
    assert orjson.loads(sent.body or b"") == dict(ORDER)


async def test_the_same_arguments_in_other_words_are_the_same() -> None:
    stage = Stage()
    await stage.call(idempotency_key=KEY)
    again = {**ORDER, "customer": orjson.dumps(ORDER["customer"]).decode()}
    repeated = await stage.call(CALL, **dict(reversed(again.items())), idempotency_key=KEY)
    assert repeated.notes[0].startswith("Replayed")


async def test_other_arguments_under_a_key_are_refused() -> None:
    stage = Stage()
    await stage.call(idempotency_key=KEY)
    with pytest.raises(WriteHeld, match="with other arguments") as refused:
        await stage.call(CALL, **ORDER, name="another", idempotency_key=KEY)
    assert refused.value.status == 409
    assert len(stage.vapi.writes) == 1


async def test_a_key_is_its_accounts_and_tools_own() -> None:
    stage = Stage()
    await stage.call(idempotency_key=KEY)
    await stage.beside(account="other").call(idempotency_key=KEY)
    await stage.call("create_a_vapi_assistant", name="Ada", idempotency_key=KEY)
    await stage.call(idempotency_key=f"{KEY}-2")
    assert len(stage.vapi.writes) == 4


async def test_without_a_key_each_call_is_sent() -> None:
    stage = Stage()
    await stage.call()
    await stage.call()
    assert len(stage.vapi.writes) == 2


async def test_after_a_day_a_key_is_free() -> None:
    stage = Stage()
    await stage.call(idempotency_key=KEY)
    stage.clock.move(hours=24)
    await stage.call(idempotency_key=KEY)
    assert len(stage.vapi.writes) == 2


async def test_a_repeat_in_flight_waits_for_the_first_answer() -> None:
    stage = Stage(Vapi(hold=True))
    first = asyncio.create_task(stage.call(idempotency_key=KEY))
    await stage.vapi.arrived.wait()
    others = [asyncio.create_task(stage.beside().call(idempotency_key=KEY)) for _ in range(5)]
    done, _ = await asyncio.wait(others, timeout=0.1)
    assert not done
    stage.vapi.release.set()
    answers = [(await each).text for each in [first, *others]]
    assert set(answers) == {'{"id":"call-1","status":"queued","cost":0.5}'}
    assert len(stage.vapi.writes) == 1


async def test_many_at_once_are_sent_once() -> None:
    stage = Stage()
    stages = [stage.beside() for _ in range(20)]
    answers = await asyncio.gather(*(each.call(idempotency_key=KEY) for each in stages))
    assert len({answer.text for answer in answers}) == 1
    assert len(stage.vapi.writes) == 1


async def test_waiting_for_one_in_flight_ends_at_the_calls_deadline() -> None:
    stage = Stage(Vapi(hold=True))
    first = asyncio.create_task(stage.call(idempotency_key=KEY))
    await stage.vapi.arrived.wait()
    second = asyncio.create_task(stage.beside().call(idempotency_key=KEY))
    await asyncio.sleep(0)
    stage.clock.move(seconds=31)
    with pytest.raises(WriteHeld, match="still under way") as told:
        await second
    assert (told.value.status, told.value.extra["outcome"]) == (409, "in_flight")
    stage.vapi.release.set()
    await first


async def test_a_repeat_takes_over_when_the_one_it_waits_for_did_nothing() -> None:
    stage = Stage(Vapi(hold=True))
    stage.vapi.answer = reply({"message": "slow down"}, 429)
    first = asyncio.create_task(stage.call(idempotency_key=KEY))
    await stage.vapi.arrived.wait()
    second = asyncio.create_task(stage.beside().call(idempotency_key=KEY))
    await asyncio.sleep(0)
    stage.vapi.release.set()
    with pytest.raises(UpstreamRejected):
        await first
    stage.vapi.answer = None
    assert (await second).upstream_ids == ("call-2",)


@pytest.mark.parametrize(
    "answer", [UNREACHABLE, *(reply({"message": "no"}, s) for s in (400, 401, 402, 404, 409, 429))]
)
async def test_what_did_nothing_frees_its_key(answer: Any) -> None:
    stage = Stage()
    stage.vapi.answer = answer
    with pytest.raises(ToolError) as failed:
        await stage.call(idempotency_key=KEY)
    assert "outcome" not in failed.value.extra
    stage.vapi.answer = None
    assert (await stage.call(idempotency_key=KEY)).upstream_ids == ("call-2",)


@pytest.mark.parametrize(
    "answer",
    [
        NO_ANSWER,
        BROKEN_OFF,
        partial(AnswerTooLarge, 16),
        *(reply({"message": "oh"}, status) for status in (302, 408, 500, 502, 503, 504)),
        reply(b"<html>", 200),
        reply(b'{"id": "half', 201),
    ],
)
async def test_what_may_have_been_done_is_never_sent_again(answer: Any) -> None:
    stage = Stage()
    stage.vapi.answer = answer
    with pytest.raises(ToolError) as failed:
        await stage.call(idempotency_key=KEY)
    assert failed.value.extra["outcome"] == "unknown"
    stage.vapi.answer = None
    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match="may have been done") as told:
            await stage.beside().call(idempotency_key=KEY)
        assert told.value.extra["next_call"] == failed.value.extra["next_call"]
    assert len(stage.vapi.writes) == 1


async def test_an_unknown_outcome_names_the_call_that_settles_it() -> None:
    stage = Stage()
    stage.vapi.answer = NO_ANSWER
    with pytest.raises(UpstreamFailed) as failed:
        await stage.call(idempotency_key=KEY)
    call = failed.value.extra["next_call"]
    assert call == {
        "tool": "list_all_vapi_calls",
        "arguments": {
            "assistantId": ID,
            "phoneNumberId": ID,
            "createdAtGe": "2026-03-02T11:59:00Z",
            "createdAtLe": "2026-03-02T12:05:35Z",
            "fields": ["id", "createdAt", "assistantId", "phoneNumberId", "customer.number"],
        },
        "not_before": "2026-03-02T12:01:00Z",
        "compare": {"assistantId": ID, "phoneNumberId": ID, "customer.number": "+14155550123"},
    }
    assert failed.value.extra["hint"] == (
        "It may have been done. Not before 2026-03-02T12:01:00Z, make next_call and read all of "
        "its pages: what this call made shows the values of compare. Only if nothing there does, "
        "call again with a new idempotency_key."
    )
    stage.vapi.reads["GET /call"] = []
    assert (await stage.call(call["tool"], **call["arguments"])).text.startswith('{"result":[]')


ADA = {"number": "+14155550123", "externalId": "order-7", "name": "Ada"}
BOB = {"number": "+14155550124"}


@pytest.mark.parametrize(
    ("tool", "arguments", "selects", "compare"),
    [
        (
            "create_a_vapi_session",
            {"name": "s", "assistantId": ID, "customer": ADA},
            {"name": "s", "assistantId": ID, "number": "+14155550123", "externalId": "order-7"},
            {
                "name": "s",
                "assistantId": ID,
                "customer.number": "+14155550123",
                "customer.externalId": "order-7",
                "customer.name": "Ada",
            },
        ),
        (
            "create_a_vapi_call",
            {"assistantId": ID, "phoneNumberId": ID, "customers": [ADA, BOB]},
            {"assistantId": ID, "phoneNumberId": ID},
            {
                "assistantId": ID,
                "phoneNumberId": ID,
                "customer.number": ["+14155550123", "+14155550124"],
                "customer.externalId": "order-7",
                "customer.name": "Ada",
            },
        ),
        (
            "create_a_vapi_chat",
            {"sessionId": ID, "input": [{"role": "user", "content": "a" * 121}]},
            {"sessionId": ID},
            {"sessionId": ID, "input": f"{'a' * 120}… (1 more characters)"},
        ),
        (
            "create_a_vapi_campaign",
            {"name": "c", "assistantId": ID, "phoneNumberId": ID, "customers": [ADA]},
            {},
            {"name": "c", "assistantId": ID, "phoneNumberId": ID},
        ),
        (
            "create_a_vapi_tool",
            {"type": "function", "function": {"name": "f"}},
            {},
            {"type": "function", "function.name": "f"},
        ),
        ("create_a_vapi_assistant", {"name": "Riley"}, {}, {"name": "Riley"}),
        (
            "create_a_vapi_eval_run",
            {"type": "eval", "evalId": ID, "target": {"type": "assistant", "assistantId": ID}},
            {"evalId": ID},
            {"type": "eval", "evalId": ID, "target.assistantId": ID},
        ),
    ],
)
@pytest.mark.parametrize("key", [{}, {"idempotency_key": KEY}])
async def test_a_lost_create_is_looked_for_by_what_identifies_it(
    tool: str,
    arguments: dict[str, Any],
    selects: dict[str, Any],
    compare: dict[str, Any],
    key: dict[str, str],
) -> None:
    stage = Stage()
    stage.vapi.answer = NO_ANSWER
    with pytest.raises(ToolError) as failed:
        await stage.call(tool, **arguments, **key, understood=True)
    call = failed.value.extra["next_call"]
    assert failed.value.extra["outcome"] == "unknown"
    dates = {"createdAtGe": "2026-03-02T11:59:00Z", "createdAtLe": call["arguments"]["createdAtLe"]}
    fields = {"fields": ["id", "createdAt", *compare]}
    assert (call["arguments"], call["compare"]) == (selects | dates | fields, compare)
    assert call["not_before"] > "2026-03-02T12:00:30Z"
    stage.vapi.reads[f"GET /{tool.split('_vapi_')[1].replace('_', '/')}"] = []
    await stage.call(call["tool"], **call["arguments"])


@pytest.mark.parametrize(
    ("tool", "arguments", "settles"),
    [
        ("create_a_vapi_chat_response", {"input": "Hi", "assistantId": ID}, "list_all_vapi_chats"),
        ("create_a_vapi_eval_run", {"evalId": ID, "target": {}}, "list_all_vapi_eval_runs"),
        ("create_a_vapi_structured_output_run", {"callIds": [ID]}, "get_single_vapi_call_by_id"),
        ("create_a_vapi_file", {"text": "a", "purpose": "assistant"}, "list_all_vapi_files"),
        (
            "create_a_vapi_provider",
            {"provider": "11labs", "resource_name": "x", "name": "Ann"},
            "list_all_vapi_providers",
        ),
    ],
)
async def test_every_kind_of_write_has_a_call_that_settles_it(
    tool: str, arguments: dict[str, Any], settles: str
) -> None:
    stage = Stage()
    stage.vapi.answer = NO_ANSWER
    with pytest.raises(UpstreamFailed) as failed:
        await stage.call(tool, **arguments, idempotency_key=KEY)
    assert failed.value.extra["next_call"]["tool"] == settles


async def test_a_list_without_dates_is_compared_by_them() -> None:
    stage = Stage()
    stage.vapi.answer = NO_ANSWER
    with pytest.raises(UpstreamFailed) as failed:
        await stage.call("create_a_vapi_file", text="abc", file_name="a.txt")
    call = failed.value.extra["next_call"]
    assert call["compare"] == {
        "originalName": "a.txt",
        "bytes": 3,
        "createdAt": "2026-03-02T11:59:00Z or later",
    }
    with pytest.raises(UpstreamFailed) as failed:
        await stage.call("create_a_vapi_structured_output_run", callIds=[ID], structuredOutputId=ID)
    assert failed.value.extra["next_call"]["compare"] == {"structuredOutputId": ID}


async def test_a_server_that_may_not_list_is_told_to_look_elsewhere() -> None:
    stage = Stage(scope=scope_of(tools=[CALL]))
    stage.vapi.answer = NO_ANSWER
    with pytest.raises(UpstreamFailed) as failed:
        await stage.call(idempotency_key=KEY)
    assert "next_call" not in failed.value.extra
    assert "dashboard" in failed.value.extra["hint"]


async def test_a_caller_that_leaves_does_not_free_the_key() -> None:
    stage = Stage(Vapi(hold=True))
    left = asyncio.create_task(stage.call(idempotency_key=KEY))
    await stage.vapi.arrived.wait()
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    with pytest.raises(OutcomeUnknown):
        await stage.call(idempotency_key=KEY)
    assert len(stage.vapi.writes) == 1


class Failing(MemoryStore):
    """Records of which some methods fail."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        for name in broken:
            setattr(self, name, self._fail)

    async def _fail(self, *_: object) -> Any:
        raise StoreError


@pytest.mark.parametrize("broken", ["find_intent", "claim"])
async def test_what_cannot_be_written_down_is_not_sent(broken: str) -> None:
    stage = Stage(records=Failing(broken))
    with pytest.raises(WriteHeld, match="nothing was sent") as held:
        await stage.call(idempotency_key=KEY)
    assert held.value.status == 503
    assert stage.vapi.writes == []


async def test_an_answer_that_cannot_be_kept_is_given_with_a_warning() -> None:
    stage = Stage(records=Failing("answer"))
    result = await stage.call(idempotency_key=KEY)
    assert "could not be kept" in result.notes[-1]
    stage.clock.move(seconds=36)
    with pytest.raises(OutcomeUnknown):
        await stage.call(idempotency_key=KEY)


@pytest.mark.parametrize("answer", [UNREACHABLE, NO_ANSWER])
async def test_a_failure_is_told_also_when_the_records_fail_after_it(answer: Any) -> None:
    stage = Stage(records=Failing("release", "lose"))
    stage.vapi.answer = answer
    with pytest.raises(UpstreamFailed):
        await stage.call(idempotency_key=KEY)
    stage.vapi.answer = None
    stage.clock.move(seconds=36)
    with pytest.raises(OutcomeUnknown):
        await stage.call(idempotency_key=KEY)


async def test_an_answer_too_large_to_keep_is_remembered_by_its_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(once, "_MOST_KEPT", 20)
    stage = Stage()
    await stage.call(idempotency_key=KEY)
    again = await stage.call(idempotency_key=KEY)
    assert again.text == '{"id":"call-1"}'
    assert "not kept" in again.notes[0]


async def test_an_error_before_sending_uses_up_no_key() -> None:
    stage = Stage()
    with pytest.raises(InvalidArguments):
        await stage.call(CALL, customer={"number": "555"}, idempotency_key=KEY)
    await stage.call(idempotency_key=KEY)
    assert len(stage.vapi.writes) == 1


async def test_a_key_has_at_most_255_characters() -> None:
    with pytest.raises(InvalidArguments, match="idempotency_key"):
        await Stage().call(idempotency_key="x" * 256)


async def test_a_key_is_refused_where_nothing_is_kept() -> None:
    stage = Stage(open_records=no_records)
    with pytest.raises(WriteHeld, match="nothing was sent"):
        await stage.call(idempotency_key=KEY)
    assert isinstance(await stage.call(), ToolResult)
    assert NUMBER in str(stage.vapi.writes)

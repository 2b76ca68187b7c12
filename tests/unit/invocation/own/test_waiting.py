"""Waiting: looks with growing pauses until an object is done, the time is up, or a look fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, JSON, REGISTRY, granted, response
from tests.support.upstream import FakeUpstream, ScriptedUpstream
from vapi_mcp.errors import ToolError, UpstreamFailed, UpstreamRejected
from vapi_mcp.invocation.caller import NOBODY, Caller, SilentCaller
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.own.waiting import Pace, Waiting
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.writes.pipeline import WritePipeline, no_records

CALL = "wait_for_a_vapi_call"
RUNNING = {"id": ID, "status": "in-progress", "type": "outboundPhoneCall", "monitor": {"x": 1}}
ENDED = {
    **RUNNING,
    "status": "ended",
    "endedReason": "customer-busy",
    "startedAt": "2026-01-01T10:00:00.000Z",
    "endedAt": "2026-01-01T10:00:05.000Z",
    "cost": 0.25,
    "transcript": "long",
}


class FakePace:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 2))
        self.now += seconds

    def pace(self) -> Pace:
        return Pace(lambda: self.now, self.pause, lambda: 1.0)


class ReportedCaller(SilentCaller):
    """A caller that keeps what it is told on the way."""

    reports: list[str] = []  # noqa: RUF012 - set by each test

    async def report(self, text: str) -> None:
        self.reports.append(text)


def scripted(answers: Sequence[Any]) -> ScriptedUpstream:
    """Return an upstream that gives one answer after the other, the last one for ever."""
    left = list(answers)

    async def answer(request: UpstreamRequest) -> Any:
        del request
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, UpstreamResponse) else response(found)

    return ScriptedUpstream(answer)


async def wait(
    upstream: Upstream,
    pace: FakePace,
    name: str = CALL,
    caller: Caller = NOBODY,
    **arguments: Any,
) -> Outcome:
    writes = WritePipeline(REGISTRY, no_records)
    invoker = Invoker(upstream, REGISTRY, writes, waiting=Waiting(pace.pace()))
    grant = granted(catalogue="full")
    return await invoker.invoke(REGISTRY.tools[name], {"id": ID, **arguments}, grant, caller)


async def test_a_call_that_ended_is_answered_at_once_with_its_usual_keys() -> None:
    upstream, pace = scripted([ENDED]), FakePace()
    outcome = await wait(upstream, pace)
    assert orjson.loads(outcome.result.text) == {
        "id": ID,
        "status": "ended",
        "endedReason": "customer-busy",
        "startedAt": "2026-01-01T10:00:00.000Z",
        "endedAt": "2026-01-01T10:00:05.000Z",
        "cost": 0.25,
        "endedReasonClass": "no_contact",
        "duration": 5.0,
    }
    assert outcome.result.notes[-1] == "It is over. More of it: get_single_vapi_call_by_id."
    assert (outcome.kind, outcome.upstream_ids, outcome.cost) == ("read", (ID,), 0.25)
    assert pace.pauses == []


async def test_pauses_grow_until_the_call_ends() -> None:
    upstream, pace = scripted([*[RUNNING] * 7, ENDED]), FakePace()
    outcome = await wait(upstream, pace)
    assert orjson.loads(outcome.result.text)["status"] == "ended"
    assert pace.pauses == [1.0, 1.5, 2.25, 3.38, 5.06, 7.59, 8.0]
    assert {(each.method, each.path) for each in upstream.requests} == {("GET", f"/call/{ID}")}


async def test_at_the_bound_it_answers_the_state_and_what_to_call_next() -> None:
    upstream, pace = scripted([RUNNING]), FakePace()
    outcome = await wait(upstream, pace)
    assert orjson.loads(outcome.result.text) == {"id": ID, "status": "in-progress"}
    assert outcome.result.notes[-1] == (
        "Not over after 50 s: it is in-progress. Call wait_for_a_vapi_call again with the same id "
        "to go on waiting."
    )
    assert sum(pace.pauses) == pytest.approx(50, abs=0.1)
    assert len(upstream.requests) == 11


async def test_it_waits_no_longer_than_it_is_asked_to() -> None:
    upstream, pace = scripted([RUNNING]), FakePace()
    await wait(upstream, pace, seconds=2)
    assert pace.pauses == [1.0, 1.0]


@pytest.mark.parametrize("seconds", [0, 51, 600])
async def test_another_bound_is_refused(seconds: int) -> None:
    upstream, pace = scripted([RUNNING]), FakePace()
    outcome = await wait(upstream, pace, seconds=seconds)
    assert isinstance(outcome.end, ToolError)
    assert "seconds" in outcome.end.message
    assert upstream.requests == []


async def test_keys_that_are_asked_for_are_answered_instead() -> None:
    outcome = await wait(scripted([ENDED]), FakePace(), fields=["transcript"])
    assert orjson.loads(outcome.result.text) == {"transcript": "long"}


async def test_a_client_that_asked_for_progress_hears_the_state() -> None:
    caller = ReportedCaller()
    caller.reports.clear()
    await wait(scripted([RUNNING, RUNNING, ENDED]), FakePace(), caller=caller)
    assert caller.reports == ["in-progress; 50 s left", "in-progress; 49 s left"]


async def test_an_unknown_id_is_refused_at_the_first_look() -> None:
    gone = UpstreamResponse(404, JSON, b'{"message":"Not Found"}')
    upstream, pace = scripted([gone]), FakePace()
    outcome = await wait(upstream, pace)
    assert isinstance(outcome.end, UpstreamRejected)
    assert outcome.end.extra["next_call"] == {"tool": "list_all_vapi_calls", "arguments": {}}
    assert pace.pauses == []


async def test_a_failure_on_the_way_is_passed_over() -> None:
    busy = UpstreamResponse(429, JSON, b"{}")
    lost = UpstreamFailed("Vapi did not answer.", status=502)
    outcome = await wait(scripted([RUNNING, busy, lost, ENDED]), FakePace())
    assert orjson.loads(outcome.result.text)["status"] == "ended"


async def test_a_failure_at_the_end_is_told() -> None:
    lost = UpstreamFailed("Vapi did not answer.", status=502)
    outcome = await wait(scripted([RUNNING, lost]), FakePace(), seconds=1)
    assert isinstance(outcome.end, UpstreamFailed)


async def test_a_client_that_leaves_ends_it() -> None:
    upstream = FakeUpstream({f"GET /call/{ID}": RUNNING}, hold=True)
    task = asyncio.create_task(wait(upstream, FakePace()))
    await upstream.entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert upstream.cancelled.is_set()
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("name", "path", "states"),
    [
        ("wait_for_a_vapi_campaign", "/campaign", ["scheduled", "in-progress", "ended"]),
        ("wait_for_a_vapi_v2_campaign", "/v2/campaign", ["scheduled", "cancelled"]),
        ("wait_for_a_vapi_eval_run", "/eval/run", ["queued", "running", "ended"]),
        ("wait_for_a_vapi_simulation_run", "/eval/simulation/run", ["queued", "running", "ended"]),
        ("wait_for_a_vapi_file", "/file", ["processing", "done"]),
        ("wait_for_a_vapi_file", "/file", ["failed"]),
    ],
)
async def test_all_that_takes_its_time_is_waited_for_alike(
    name: str, path: str, states: list[str]
) -> None:
    upstream, pace = scripted([{"id": ID, "status": each} for each in states]), FakePace()
    outcome = await wait(upstream, pace, name)
    assert orjson.loads(outcome.result.text) == {"id": ID, "status": states[-1]}
    assert [each.path for each in upstream.requests] == [f"{path}/{ID}"] * len(states)


def test_pauses_of_many_who_wait_differ() -> None:
    spread: Callable[[], float] = Pace().spread
    drawn = {spread() for _ in range(50)}
    assert len(drawn) > 1
    assert all(0.8 <= each <= 1.2 for each in drawn)


async def test_a_process_that_ends_waits_no_longer() -> None:
    upstream, pace = scripted([RUNNING]), FakePace()
    waiting = Waiting(pace.pace())
    waiting.is_ending = lambda: len(pace.pauses) == 2
    invoker = Invoker(upstream, REGISTRY, WritePipeline(REGISTRY, no_records), waiting=waiting)
    outcome = await invoker.invoke(REGISTRY.tools[CALL], {"id": ID}, granted(catalogue="full"))
    assert outcome.result.notes[-1].startswith("Not over after 2 s: it is in-progress.")
    assert len(upstream.requests) == 3


async def test_an_argument_that_it_does_not_have_is_refused() -> None:
    upstream = scripted([RUNNING])
    outcome = await wait(upstream, FakePace(), status="ended")
    assert isinstance(outcome.end, ToolError)
    assert upstream.requests == []

"""A process that dies at any step of a write: never two calls for one key."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.stores import Database
from tests.support.upstream import ScriptedUpstream
from tests.support.writes import ID, Clock, Stage, Vapi, reply
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.failures.transport_errors import timed_out, unreachable
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.writes.records import WriteRecords
from vapi_mcp.store.memory.memory_store import MemoryStore

SEEDS = range(200)


class Killed(BaseException):
    """The end of a process at a certain step."""


class Process:
    """A process that ends at one of its steps, counted from 0; after it nothing happens in it.

    Every use of the ledger is a step before it and one after it, and so is every request.
    """

    def __init__(self, records: WriteRecords, vapi: Vapi, end_at: int | None) -> None:
        self.passed = 0
        self._records = records
        self._vapi = vapi
        self._end_at = end_at
        self.upstream = ScriptedUpstream(self._send)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._records, name)

        async def watched(*args: Any) -> Any:
            self._step()
            result = await method(*args)
            self._step()
            return result

        return watched

    async def _send(self, request: UpstreamRequest) -> Any:
        if request.method == "GET":
            return reply({"id": ID}, 200)
        self._step()
        try:
            # The fake upstream looks at no account.
            return await self._vapi.upstream.send(request, None)  # pyright: ignore[reportArgumentType] - it looks at no account
        finally:
            self._step()

    def _step(self) -> None:
        if self._end_at is not None and self.passed >= self._end_at:
            raise Killed
        self.passed += 1


async def _attempt(records: WriteRecords, vapi: Vapi, clock: Clock, end_at: int | None) -> Process:
    process: Any = Process(records, vapi, end_at)
    stage = Stage(vapi, records=process, clock=clock, upstream=process.upstream)
    with suppress(Killed, ToolError):
        await stage.call(idempotency_key="key")
    return process


async def test_there_are_eight_steps_to_die_at(tmp_path: Path) -> None:
    """One look for an earlier call, the intent, the request, its answer."""
    async with Database(tmp_path).opened() as store:
        assert (await _attempt(store, Vapi(), Clock(), None)).passed == 8


async def test_200_stories_of_deaths_never_send_a_done_call_again() -> None:
    for seed in SEEDS:
        await _story(MemoryStore(), random.Random(seed), seed)  # noqa: S311 - not secret


async def _story(store: WriteRecords, draw: random.Random, seed: int) -> None:
    """Die up to three times under one key, with whatever Vapi answers, and repeat in the end."""
    clock, done = Clock(), 0
    for life in range(4):
        vapi = Vapi()
        vapi.answer = draw.choice(_ANSWERS)
        end_at = seed % 9 if life == 0 else draw.randrange(9) if life < 3 else None
        await _attempt(store, vapi, clock, end_at)
        done += len(vapi.writes) if vapi.answer in _DOES_IT else 0
        clock.move(seconds=draw.choice([36, 60, 3600]))
    assert done <= 1, seed


def _never() -> Exception:
    return unreachable("api.vapi.ai", "refused")


def _silence() -> Exception:
    return timed_out(30, writes=True)


_DOES_IT: list[Any] = [None, _silence, reply({"message": "failed after all"}, 500)]
_ANSWERS: list[Any] = [*_DOES_IT, _never, reply({"message": "no"}, 400)]


@pytest.mark.parametrize(
    ("end_at", "outcome"),
    [*((n, "sent now") for n in range(3)), *((n, "unknown") for n in range(3, 7)), (7, "replayed")],
)
async def test_after_a_death_at_each_step_a_repeat_is_right(
    tmp_path: Path, end_at: int, outcome: str
) -> None:
    """Before the intent the call is free; after it, it is replayed or of unknown outcome."""
    vapi, clock = Vapi(), Clock()
    async with Database(tmp_path).opened() as store:
        await _attempt(store, vapi, clock, end_at)
        clock.move(seconds=36)
        assert await _outcome(Stage(vapi, records=store, clock=clock)) == outcome
    # What died between the intent and the request was not sent, and still nobody can know that.
    assert len(vapi.writes) == (0 if end_at in (3, 4) else 1)


async def _outcome(stage: Stage) -> str:
    try:
        answer = await stage.call(idempotency_key="key")
    except ToolError as error:
        return error.extra["outcome"]
    return "replayed" if "Replayed" in str(answer.notes) else "sent now"

"""While Vapi does not answer an account, its requests are refused at once; others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.app import hosted, message, post
from tests.support.invocation import ACCOUNT, response
from tests.support.upstream import FakeUpstream, ScriptedUpstream
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import (
    AnswerTooLarge,
    timed_out,
    unreachable,
)
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.upstream.breaker import BreakerUpstream, Patience

REQUEST = UpstreamRequest("GET", "/call")
OTHER = replace(ACCOUNT, id="other")
AWAY = timed_out(30, writes=False)
BAD_GATEWAY = UpstreamResponse(502, {}, b"")


class Vapi:
    """An upstream that gives or raises what it is set to, behind a breaker of three failures."""

    def __init__(self, answer: Any = AWAY) -> None:
        self.answer = answer
        self.now = 0.0
        self.refused = 0
        self.upstream = ScriptedUpstream(self._answer)
        self.breaker = BreakerUpstream(
            self.upstream,
            on_refused=self._refuse,
            patience=Patience(failures=3, seconds=5, longest=15),
            clock=lambda: self.now,
        )

    async def ask(self, times: int = 1, account: Any = ACCOUNT) -> list[str]:
        """Return how each of some requests ended."""
        return [await self._end(account) for _ in range(times)]

    async def _end(self, account: Any) -> str:
        try:
            answer = await self.breaker.send(REQUEST, account)
        except UpstreamFailed as error:
            seconds = error.extra.get("retry_after")
            return f"refused for {seconds}" if seconds else "failed"
        return str(answer.status)

    async def _answer(self, request: UpstreamRequest) -> UpstreamResponse:
        del request
        answer = self.answer() if isinstance(self.answer, Callable) else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _refuse(self) -> None:
        self.refused += 1


@pytest.mark.parametrize("answer", [AWAY, BAD_GATEWAY])
async def test_after_some_failures_in_a_row_nothing_is_sent_until_the_pause_is_over(
    answer: Any,
) -> None:
    vapi = Vapi(answer)
    ended = "502" if answer is BAD_GATEWAY else "failed"
    assert await vapi.ask(5) == [*[ended] * 3, "refused for 5", "refused for 5"]
    assert (len(vapi.upstream.requests), vapi.refused) == (3, 2)
    vapi.now, vapi.answer = 5.0, response({})
    assert await vapi.ask(4) == ["200"] * 4


async def test_each_trial_that_fails_makes_the_pause_longer_up_to_a_bound() -> None:
    vapi = Vapi()
    await vapi.ask(3)
    for pause in (5, 10, 15, 15):
        assert await vapi.ask() == [f"refused for {pause}"]
        vapi.now += pause
        assert await vapi.ask() == ["failed"]


async def test_an_answer_between_failures_starts_the_count_again() -> None:
    vapi = Vapi()
    for _ in range(3):
        vapi.answer = AWAY
        await vapi.ask(2)
        vapi.answer = response({})
        await vapi.ask()
    assert vapi.refused == 0


@pytest.mark.parametrize(
    "answer",
    [UpstreamResponse(500, {}, b""), UpstreamResponse(429, {}, b""), AnswerTooLarge(10)],
)
async def test_what_vapi_answers_is_no_failure_whatever_it_says(answer: Any) -> None:
    vapi = Vapi(answer)
    await vapi.ask(6)
    assert (len(vapi.upstream.requests), vapi.refused) == (6, 0)


async def test_an_account_that_is_not_answered_holds_up_no_other() -> None:
    vapi = Vapi(unreachable("api.vapi.ai", "refused"))
    await vapi.ask(3)
    vapi.answer = response({})
    assert await vapi.ask(account=OTHER) == ["200"]
    assert await vapi.ask() == ["refused for 5"]


async def test_one_request_at_a_time_is_the_trial() -> None:
    vapi, let = Vapi(), asyncio.Event()
    await vapi.ask(3)
    vapi.now = 6.0

    async def slow(_: UpstreamRequest) -> UpstreamResponse:
        await let.wait()
        return response({})

    vapi.upstream._answer = slow  # pyright: ignore[reportPrivateUsage] - its own seam
    trial = asyncio.create_task(vapi.ask())
    await asyncio.sleep(0)
    assert await vapi.ask() == ["refused for 1"]
    let.set()
    assert await trial == ["200"]
    assert await vapi.ask() == ["200"]


async def test_a_trial_that_is_cancelled_lets_another_one_try() -> None:
    vapi = Vapi()
    await vapi.ask(3)
    vapi.now = 6.0

    async def never(_: UpstreamRequest) -> UpstreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    answer = vapi.upstream._answer  # pyright: ignore[reportPrivateUsage] - its own seam
    vapi.upstream._answer = never  # pyright: ignore[reportPrivateUsage] - its own seam
    trial = asyncio.create_task(vapi.ask())
    await asyncio.sleep(0)
    trial.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trial
    vapi.upstream._answer = answer  # pyright: ignore[reportPrivateUsage] - its own seam
    vapi.answer = response({})
    assert await vapi.ask() == ["200"]


async def test_a_hosted_server_tells_its_agents_when_to_try_again() -> None:
    call = message("tools/call", {"name": "list_all_vapi_squads", "arguments": {}})
    async with hosted(upstream=FakeUpstream()) as server:
        server.upstream.failure = AWAY
        for _ in range(10):
            await post(server.mcp_url, call)
        told = (await post(server.mcp_url, call)).json()["result"]
    assert told["isError"] is True
    assert "did not answer the last 10 requests of this account" in told["content"][0]["text"]
    assert '"retry_after":5' in told["content"][0]["text"]

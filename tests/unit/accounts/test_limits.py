from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.errors import LimitReached


class Watch:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def call(limits: Limits, id_: str = "server", times: int = 1) -> None:
    for _ in range(times):
        async with limits.calling(id_):
            pass


async def refused(limits: Limits, id_: str = "server") -> LimitReached:
    with pytest.raises(LimitReached) as caught:
        await call(limits, id_)
    return caught.value


async def test_minutes_worth_of_calls_may_come_at_once_and_then_evenly() -> None:
    limits = Limits(per_minute=120, clock=(watch := Watch()))
    await call(limits, times=120)
    assert (await refused(limits)).as_dict() == {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "This server's own limit is reached: 120 calls a minute. Nothing was done; "
        "try again in a second.",
        "retry_after": 1,
        "ratelimit-limit": 120,
        "ratelimit-remaining": 0,
        "ratelimit-reset": 1,
    }
    watch.now += 0.5
    await call(limits)
    await refused(limits)
    watch.now += 3600
    await call(limits, times=120)
    await refused(limits)


async def test_wait_that_is_named_is_long_enough() -> None:
    limits = Limits(per_minute=4, clock=(watch := Watch()))
    await call(limits, times=4)
    error = await refused(limits)
    assert error.retry_after == 15
    assert error.message.endswith("try again in 15 seconds.")
    watch.now += error.retry_after
    await call(limits)


async def test_servers_and_kinds_of_requests_do_not_share_a_limit() -> None:
    limits = Limits(per_minute=1, clock=Watch())
    await call(limits, "one")
    await call(limits, "other")
    limits.note_request("one")
    with pytest.raises(LimitReached, match="1 requests a minute besides calls"):
        limits.note_request("one")


async def test_call_waits_for_another_one_to_end() -> None:
    limits = Limits(calls_at_once=2)
    entered, free, order = asyncio.Semaphore(0), asyncio.Event(), list[int]()

    async def hold(number: int) -> None:
        async with limits.calling("server"):
            order.append(number)
            entered.release()
            await free.wait()

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(hold(number))
        for _ in range(2):
            await entered.acquire()
        await call(limits, "other")
        assert order == [0, 1]
        free.set()
    assert order == [0, 1, 2, 3, 4]


async def test_call_that_finds_no_place_within_a_second_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vapi_mcp.accounts.rate_limits._PATIENCE", 0.05)
    limits = Limits(calls_at_once=1)
    async with limits.calling("server"):
        error = await refused(limits)
        left = asyncio.create_task(call(limits))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.wait([left])
    assert "1 calls at once" in error.message
    assert error.retry_after == 1
    # Neither the refused nor the one that left took the place along.
    await asyncio.wait_for(call(limits), 1)


async def test_place_is_given_back_by_a_call_that_fails() -> None:
    limits = Limits(calls_at_once=1)
    with pytest.raises(ZeroDivisionError):
        async with limits.calling("server"):
            raise ZeroDivisionError
    await call(limits)


def test_streams_are_counted_while_they_are_open() -> None:
    limits = Limits(streams=2)
    with ExitStack() as opened:
        for _ in range(2):
            opened.enter_context(limits.streaming("server"))
        with pytest.raises(LimitReached, match="2 open event streams"):
            opened.enter_context(limits.streaming("server"))
        with limits.streaming("other"):
            pass
    with limits.streaming("server"):
        pass


async def test_zero_is_no_limit() -> None:
    limits = Limits()
    with limits.streaming("server"), limits.streaming("server"):
        await asyncio.gather(*(call(limits) for _ in range(100)))
        limits.note_request("server")


async def test_who_asks_no_more_is_forgotten_unless_something_is_still_held() -> None:
    limits = Limits(per_minute=1, streams=1, clock=(watch := Watch()))
    with limits.streaming("holding"):
        for number in range(1000):
            await call(limits, str(number))
            watch.now += 1
        # Memory that is given back cannot be seen from outside.
        assert len(limits._usage) < 70  # pyright: ignore[reportPrivateUsage] - what it keeps is not shown
        with pytest.raises(LimitReached), limits.streaming("holding"):
            pass

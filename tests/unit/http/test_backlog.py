"""What a client leaves unread on its legacy event stream is bounded; then the stream is closed.

Measured by hand on loopback with 1,500 lists of 100 kB on a stream that is not read: 107 MB
before, 114 MB at the most; without the bounds 657 MB and growing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import httpx
import orjson
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from tests.support.app import Hosted, hosted, message
from tests.support.event_streams import LIST, Stream, open_stream, unread_stream
from tests.support.upstream import FakeUpstream
from vapi_mcp.hosting import sdk_apps
from vapi_mcp.hosting.processes.bounded_http import BoundedHeads
from vapi_mcp.http.mcp.backlog import BOUNDS, Backlog, Bounds
from vapi_mcp.http.mcp.event_streams import EventStreams

LARGE = message("tools/list")
PATIENT = Bounds(seconds_full=30, seconds_unread=30)


def cancel(id_: str | int) -> dict[str, Any]:
    params = {"requestId": id_}
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}


@asynccontextmanager
async def narrow(
    monkeypatch: pytest.MonkeyPatch, bounds: Bounds, upstream: FakeUpstream | None = None
) -> AsyncGenerator[Hosted]:
    """Serve streams with bounds of their own, where the system holds little by itself."""
    monkeypatch.setattr(sdk_apps, "EventStreams", partial(EventStreams, bounds=bounds))
    async with hosted(upstream=upstream, http=BoundedHeads) as server, asyncio.timeout(60):
        server.running.narrow()
        yield server


async def refused(
    stream: Stream, *batch: Mapping[str, Any], ids: Any
) -> tuple[httpx.Response, int]:
    """Send messages over and over until one is refused; return the answer and the taken ones."""
    for taken in count():
        for request in batch:
            given = {**request, "id": next(ids)} if "id" in request else request
            answer = await stream.post(given)
            if answer.status_code != 202:
                return answer, taken
    raise AssertionError


def test_bounds_are_those_of_the_documentation() -> None:
    assert Bounds() == BOUNDS == Bounds(32, 4 * 1024 * 1024, 5, 60)


async def test_stream_that_is_not_read_takes_so_many_messages_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        narrow(monkeypatch, PATIENT) as server,
        unread_stream(server.url, server.token) as stream,
    ):
        answer, taken = await refused(stream, LARGE, ids=count())
        again = await stream.post({**LARGE, "id": "again"})
    # Some went to the connection before it was full.
    assert 32 <= taken < 40
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert (again.status_code, again.json()["id"]) == (429, "again")
    assert again.json()["error"]["message"].startswith(
        "32 messages of this event stream have no answer that its client read, and "
    )
    assert again.json()["error"]["message"].endswith(
        "read the stream, then send this message again"
    )


async def test_stream_that_is_not_read_takes_so_many_bytes_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bounds = Bounds(unread_bytes=500_000, seconds_full=30, seconds_unread=30)
    async with (
        narrow(monkeypatch, bounds) as server,
        unread_stream(server.url, server.token) as stream,
    ):
        answer, taken = await refused(stream, LARGE, ids=count())
    assert answer.status_code == 429
    assert taken < 20


@pytest.mark.parametrize(
    "batch",
    [
        [LARGE],
        [LARGE, cancel(1)],
        [LARGE, cancel("1"), cancel(1)],
        [message("initialize", {"protocolVersion": "2024-11-05"})],
    ],
    ids=["one id", "cancelled", "cancelled twice", "handshakes"],
)
async def test_no_use_of_ids_makes_a_stream_take_more(
    monkeypatch: pytest.MonkeyPatch, batch: list[dict[str, Any]]
) -> None:
    async with (
        narrow(monkeypatch, replace(PATIENT, messages=12)) as server,
        unread_stream(server.url, server.token) as stream,
    ):
        for number in range(8):
            await stream.post({**LARGE, "id": f"first {number}"})
        answer, taken = await refused(stream, *batch, ids=iter(lambda: 1, 2))
    assert answer.status_code == 429
    assert taken < 20


async def test_full_stream_that_is_not_read_is_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        narrow(monkeypatch, Bounds(seconds_full=0.5)) as server,
        unread_stream(server.url, server.token) as stream,
    ):
        # Each is taken, refused with 429, or comes after the end: a slow machine may see no 429.
        while (late := await stream.post(LARGE)).status_code != 404:
            assert late.status_code in {202, 429}
        await server.running.idle()
    assert late.json()["error"]["message"] == "there is no such session; open a new event stream"
    assert "its client read nothing for" in caplog.text
    assert server.token not in caplog.text


async def test_stream_has_its_time_from_the_moment_that_it_is_full() -> None:
    ticks = count(1)

    def clock() -> float:
        if (tick := next(ticks)) == 10:
            fill(2)
        return tick * 0.03

    def fill(number: int) -> None:
        answer = JSONRPCResponse(jsonrpc="2.0", id=number, result={})
        backlog.note_unread(SessionMessage(answer), 10)

    backlog = Backlog(Bounds(messages=2, seconds_full=0.05), clock=clock)
    fill(1)
    assert await backlog.wait_stalled() == pytest.approx((12 - 1) * 0.03)


async def test_stream_that_is_not_full_is_closed_once_its_client_read_nothing_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        narrow(monkeypatch, Bounds(seconds_full=0.1, seconds_unread=0.5)) as server,
        unread_stream(server.url, server.token) as stream,
    ):
        for number in range(8):
            await stream.post({**LARGE, "id": number})
        await server.running.idle()
        late = await stream.post({**LARGE, "id": 9})
    assert late.status_code == 404


async def test_stream_that_is_read_stays_open_while_all_its_calls_take_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upstream = FakeUpstream(hold=True)
    async with (
        narrow(monkeypatch, Bounds(messages=4, seconds_full=0.1), upstream) as server,
        open_stream(server.url, server.token, seconds=60) as stream,
    ):
        await stream.start()
        answer, taken = await refused(stream, LIST, ids=count())
        # What is no request needs no answer, and may make room.
        cancelled = await stream.post(cancel(0))
        await upstream.cancelled.wait()
        while (await stream.post({**LIST, "id": "more"})).status_code == 429:
            continue
        upstream.release.set()
        answers = [orjson.loads(await stream.next_event() or "") for _ in range(4)]
        later = await stream.ask({**LIST, "id": "later"})
    assert (answer.status_code, taken, cancelled.status_code) == (429, 4, 202)
    assert {answer["id"] for answer in answers} == {1, 2, 3, "more"}
    assert later["id"] == "later"


async def test_slow_reader_is_no_absent_one() -> None:
    left = count(1_000_000, -1)
    backlog = Backlog(Bounds(messages=1, seconds_full=0.1), unsent=lambda: next(left))
    backlog.note_unread(SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={})), 10)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await backlog.wait_stalled()


async def test_notification_before_an_answer_waits_for_room() -> None:
    backlog = Backlog(Bounds(unread_bytes=10))
    told = SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="notifications/progress"))
    backlog.note_unread(told, 10)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await backlog.wait_room()
    backlog.note_sent()
    await backlog.wait_room()

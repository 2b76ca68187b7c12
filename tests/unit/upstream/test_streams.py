from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.support.sockets import KEY, Handler, Reader, Writer, answering, client, serving
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge
from vapi_mcp.invocation.messages import UpstreamRequest

CHAT = UpstreamRequest("POST", "/chat", body=b'{"stream":true}', deadline=5)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class Taken:
    """What came of a stream so far."""

    def __init__(self) -> None:
        self.bytes = b""
        self.came = asyncio.Event()

    async def __call__(self, piece: bytes) -> None:
        self.bytes += piece
        self.came.set()


async def test_the_first_event_is_handed_on_before_the_second_is_sent() -> None:
    taken = Taken()

    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        writer.write(HEAD + chunk(b"data: 1\n\n"))
        await writer.drain()
        await taken.came.wait()
        assert taken.bytes == b"data: 1\n\n"
        writer.write(chunk(b"data: 2\n\n") + END)

    async with asyncio.timeout(5), serving(handle) as (account, seen), client() as upstream:
        answer = await upstream.stream(CHAT, account, taken)
    assert (answer.status, answer.content_type, answer.body) == (200, "text/event-stream", b"")
    assert taken.bytes == b"data: 1\n\ndata: 2\n\n"
    assert f"authorization: Bearer {KEY}".lower().encode() in seen[0].lower()
    assert b"accept-encoding: identity\r\n" in seen[0].lower()


@pytest.mark.parametrize(
    ("status", "kind"), [("200 OK", "application/json"), ("400 Bad Request", "text/event-stream")]
)
async def test_an_answer_that_is_no_stream_comes_whole(status: str, kind: str) -> None:
    taken = Taken()
    handle = answering(b'{"a":1}', f"Content-Type: {kind}", status=status)
    async with serving(handle) as (account, _), client() as upstream:
        answer = await upstream.stream(CHAT, account, taken)
    assert (answer.body, taken.bytes) == (b'{"a":1}', b"")


def sending(data: bytes, *, then_close: bool) -> Handler:
    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        writer.write(HEAD + chunk(data))
        await writer.drain()
        if then_close:
            writer.close()
        else:
            await reader.read()

    return handle


async def test_what_came_before_a_connection_broke_was_handed_on() -> None:
    taken = Taken()
    async with serving(sending(b"data: 1\n\n", then_close=True)) as (account, _):
        async with client() as upstream:
            with pytest.raises(UpstreamFailed, match="broke off"):
                await upstream.stream(CHAT, account, taken)
    assert taken.bytes == b"data: 1\n\n"


async def test_a_stream_ends_at_its_deadline_and_so_does_who_takes_it() -> None:
    taken = Taken()

    async def stuck(piece: bytes) -> None:
        await taken(piece)
        await asyncio.Event().wait()

    async with serving(sending(b"data: 1\n\n", then_close=False)) as (account, _):
        async with client() as upstream:
            for take in (taken, stuck):
                with pytest.raises(UpstreamFailed, match=r"within 0\.2 seconds"):
                    await upstream.stream(replace(CHAT, deadline=0.2), account, take)
    assert taken.bytes == b"data: 1\n\ndata: 1\n\n"


async def test_a_stream_is_bounded() -> None:
    taken = Taken()
    async with serving(sending(b"x" * 1_000_001, then_close=False)) as (account, _):
        async with client() as upstream:
            with pytest.raises(AnswerTooLarge):
                await upstream.stream(CHAT, account, taken)
    assert len(taken.bytes) <= 1_000_000


async def test_who_takes_a_stream_may_end_it() -> None:
    gone = asyncio.Event()

    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        writer.write(HEAD + chunk(b"data: 1\n\n"))
        await reader.read()
        gone.set()

    async def refuse(piece: bytes) -> None:
        raise OSError("not Vapi's")

    async with asyncio.timeout(5), serving(handle) as (account, _), client() as upstream:
        with pytest.raises(OSError, match="not Vapi's"):
            await upstream.stream(CHAT, account, refuse)
        await gone.wait()


async def test_a_cancelled_stream_closes_its_connection() -> None:
    taken, gone = Taken(), asyncio.Event()

    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        writer.write(HEAD + chunk(b"data: 1\n\n"))
        await reader.read()
        gone.set()

    async with asyncio.timeout(5), serving(handle) as (account, _), client() as upstream:
        asking = asyncio.create_task(upstream.stream(CHAT, account, taken))
        await taken.came.wait()
        asking.cancel()
        await gone.wait()

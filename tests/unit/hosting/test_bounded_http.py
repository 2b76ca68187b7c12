"""Heads that are slow or too large, on bare sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.serving import serving
from vapi_mcp.hosting.processes.bounded_http import BoundedHeads
from vapi_mcp.hosting.processes.listener import server_config
from vapi_mcp.settings import load_settings

HEAD = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"


class Impatient(BoundedHeads):
    head_seconds = 0.2


class Short(BoundedHeads):
    trailer_bytes = 100


class ServePlan:
    """An app that echoes bodies, and one answer that is held until `free` is set."""

    def __init__(self) -> None:
        self.entered, self.free = asyncio.Event(), asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/echo", self._echo, methods=["POST"]),
                Route("/held", self._held),
                Route("/deaf", self._deaf, methods=["POST"]),
                Route("/names", self._names, methods=["POST"]),
            ]
        )
        self.port = 0

    async def _echo(self, request: Request) -> Response:
        return Response(await request.body())

    async def _held(self, request: Request) -> Response:
        self.entered.set()
        await self.free.wait()
        return PlainTextResponse("held")

    async def _names(self, request: Request) -> Response:
        await request.body()
        return PlainTextResponse(" ".join(sorted(request.headers)))

    async def _deaf(self, request: Request) -> Response:
        return PlainTextResponse("not read")

    @asynccontextmanager
    async def connected(
        self,
    ) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            async with asyncio.timeout(5):
                yield reader, writer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def opened(http: type[BoundedHeads] = BoundedHeads) -> AsyncGenerator[ServePlan]:
    place = ServePlan()
    async with serving(place.app, http=http) as running:
        place.port = running.port
        yield place


async def body_of(reader: asyncio.StreamReader) -> bytes:
    """Read one answer with a Content-Length and return its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length.split()[1]))


def echo(body: bytes) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("sent", [b"", b"POS", HEAD, HEAD + b"X-Half: "])
async def test_head_that_does_not_come_is_cut(sent: bytes) -> None:
    async with opened(Impatient) as place, place.connected() as (reader, writer):
        writer.write(sent)
        assert await reader.read() == b""


async def test_head_that_drips_is_cut_as_well() -> None:
    async with opened(Impatient) as place, place.connected() as (reader, writer):
        writer.write(HEAD)
        end = asyncio.create_task(reader.read())
        while not end.done():
            writer.write(b"X-More: 1\r\n")
            await asyncio.wait([end], timeout=0.02)
        with suppress(ConnectionResetError):
            assert await end == b""


async def test_second_head_on_a_connection_has_as_long_as_the_first() -> None:
    async with opened(Impatient) as place, place.connected() as (reader, writer):
        for body in (b"one", b"two"):
            writer.write(echo(body))
            assert await body_of(reader) == body
        writer.write(HEAD)
        assert await reader.read() == b""


async def test_answers_and_bodies_may_take_longer_than_heads() -> None:
    later = asyncio.get_running_loop().call_later
    async with opened(Impatient) as place, place.connected() as (reader, writer):
        writer.write(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await place.entered.wait()
        later(0.4, place.free.set)
        assert await body_of(reader) == b"held"
        writer.write(HEAD + b"Content-Length: 2\r\n\r\na")
        later(0.4, writer.write, b"b")
        assert await body_of(reader) == b"ab"


async def test_pipelined_requests_are_answered_in_turn_and_outlive_the_deadline() -> None:
    async with opened(Impatient) as place, place.connected() as (reader, writer):
        writer.write(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n" + echo(b"x") + echo(b"y"))
        await place.entered.wait()
        asyncio.get_running_loop().call_later(0.4, place.free.set)
        assert [await body_of(reader) for _ in range(3)] == [b"held", b"x", b"y"]


@pytest.mark.parametrize("pieces", [1, 20, 5000], ids=["at once", "in pieces", "in crumbs"])
async def test_100_kilobytes_of_headers_are_refused(pieces: int) -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 90) for n in range(1000))
    head = HEAD + lines + b"\r\n"
    assert await answer_to(head, pieces) == 431


@pytest.mark.parametrize("pieces", [1, 20])
async def test_single_large_header_or_url_is_refused(pieces: int) -> None:
    assert await answer_to(HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n", pieces) == 431
    assert await answer_to(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", pieces) == 431


async def test_60_kilobytes_of_headers_and_a_large_body_in_one_piece_pass() -> None:
    async with opened() as place, place.connected() as (reader, writer):
        for _ in range(2):
            large = b"X: " + b"a" * 60_000 + b"\r\nContent-Length: 300000\r\n\r\n"
            writer.write(HEAD + large + b"b" * 300_000)
            assert await body_of(reader) == b"b" * 300_000


async def test_bound_of_heads_is_a_setting() -> None:
    config = server_config(Starlette(), load_settings(max_header_bytes=5000))
    assert isinstance(config.http, type)
    assert issubclass(config.http, BoundedHeads)
    assert await answer_to(HEAD + b"X: " + b"a" * 5000 + b"\r\n\r\n", 1, config.http) == 431


async def test_body_that_nobody_read_is_no_head() -> None:
    async with opened() as place, place.connected() as (reader, writer):
        unread = b"POST /deaf HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
        writer.write(unread + b"b" * 1000)
        assert await body_of(reader) == b"not read"
        writer.write(b"b" * 199_000 + echo(b"next"))
        assert await body_of(reader) == b"next"


async def test_what_is_no_request_is_a_400() -> None:
    assert await answer_to(b"\x16\x03\x01 hello\r\n\r\n", 1) == 400


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"


async def test_few_fields_after_a_body_are_dropped_and_the_connection_goes_on() -> None:
    async with opened(Short) as place, place.connected() as (reader, writer):
        for _ in range(2):
            writer.write(CHUNKED.replace(b"/echo", b"/names") + b"X-Late: 1\r\n\r\n")
            assert await body_of(reader) == b"host transfer-encoding"


@pytest.mark.parametrize(("first", "more"), [(b"", b"X-Late: 1\r\n"), (b"X-Late: ", b"a" * 20)])
async def test_many_fields_after_a_body_end_the_connection(first: bytes, more: bytes) -> None:
    async with opened(Short) as place, place.connected() as (reader, writer):
        writer.write(CHUNKED + first)
        end = asyncio.create_task(reader.read())
        while not end.done():
            writer.write(more)
            await asyncio.wait([end], timeout=0.02)
        with suppress(ConnectionResetError):
            assert await end == b""


async def answer_to(head: bytes, pieces: int, http: type[BoundedHeads] = BoundedHeads) -> int:
    """Send a head in pieces and return the status it gets before the connection is closed."""
    async with opened(http) as place, place.connected() as (reader, writer):
        size = -(-len(head) // pieces)
        for begin in range(0, len(head), size):
            if reader.at_eof() or writer.is_closing():
                break
            writer.write(head[begin : begin + size])
            with suppress(ConnectionError):
                await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionResetError):
            await reader.read()
        return int(answer.split()[1])

"""`python -m tests.bench.streams`: how long the first text of a chat takes from Vapi to a client.

Vapi's part and the client's are played by this process, so both moments are read from one clock:
the first event is written to the server, and the first notification comes back. The second event
is held until then.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import orjson
import uvloop

from tests.bench.children import started
from tests.bench.lanes import HTTP_LEGACY, HTTP_MODERN, STDIO
from tests.bench.page import PAGE, put_between, table
from tests.bench.questions import LEGACY, Question, post

BEGIN = "<!-- Made by `python -m tests.bench.streams` from here … -->"
END = "<!-- … to here. -->"
SSE = "SSE, legacy"
WAYS = (HTTP_LEGACY, HTTP_MODERN, SSE, STDIO)

# Between Vapi's first text and ours, in milliseconds.
WANTED = 50.0

_CHAT = Question(
    "first text of a chat",
    "tools/call",
    {
        "name": "create_a_vapi_chat",
        "arguments": {"assistantId": "a1", "input": "hello", "stream": True},
        "_meta": {"progressToken": 1},
    },
)
_HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": LEGACY,
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"},
    },
}
_READY = {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_FIRST, _SECOND = (
    b"data: "
    + orjson.dumps({"id": "c1", "path": "chat.output[0].content", "delta": text})
    + b"\n\n"
    for text in ("Hello ", "there.")
)


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds from the first event of the upstream to the first notification."""

    way: str
    p50: float
    p99: float
    slowest: float


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to ask: what sends the question, what is read, and how an answer ends in it."""

    send: Callable[[], None]
    reader: asyncio.StreamReader
    end: bytes


class _Upstream:
    """Streams two events to whoever asks, the second when it is told to go on."""

    def __init__(self) -> None:
        self.sent = 0.0
        self.go_on = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                self.sent = perf_counter()
                writer.write(_HEAD + _chunk(_FIRST))
                await self.go_on.wait()
                writer.write(_chunk(_SECOND) + b"0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def measured(rounds: int) -> list[Row]:
    """Return a row for each way; the first tenth of the rounds warms up and is left out."""
    upstream = _Upstream()
    server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with _ways(url) as ways:
            return [await _row(name, await opened(), upstream, rounds) for name, opened in ways]
    finally:
        server.close()


async def _row(name: str, way: _Way, upstream: _Upstream, rounds: int) -> Row:
    taken = [await _idempotency(way, upstream) * 1e3 for _ in range(rounds)][rounds // 10 :]
    return Row(name, median(taken), quantiles(taken, n=100)[-1], max(taken))


async def _idempotency(way: _Way, upstream: _Upstream) -> float:
    async with asyncio.timeout(60):
        upstream.go_on.clear()
        way.send()
        await way.reader.readuntil(b"notifications/progress")
        passed = perf_counter() - upstream.sent
        upstream.go_on.set()
        # A second notification may have the whole text as well: only the result ends an answer.
        await way.reader.readuntil(b'"result":')
        await way.reader.readuntil(b"Hello there.")
        await way.reader.readuntil(way.end)
    return passed


@asynccontextmanager
async def _ways(upstream: str) -> AsyncGenerator[list[tuple[str, Callable[[], Awaitable[_Way]]]]]:
    """Start the servers; each way is opened when its turn comes, as no connection may idle."""
    async with AsyncExitStack() as stack:
        nowhere = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        serve = await stack.enter_async_context(
            started("vapi_mcp", "serve", "--port", "0", upstream=upstream, cwd=nowhere)
        )
        url = (await serve.first_line()).rpartition(" ")[2]
        pipe = await stack.enter_async_context(
            started("vapi_mcp", "stdio", upstream=upstream, cwd=nowhere, talks=True)
        )
        assert pipe.process.stdin
        assert pipe.process.stdout
        yield [
            (HTTP_LEGACY, partial(_over_http, stack, url, is_modern=False)),
            (HTTP_MODERN, partial(_over_http, stack, url, is_modern=True)),
            (SSE, partial(_over_sse, stack, url.replace("/mcp/", "/sse/"))),
            (STDIO, partial(_over_pipe, pipe.process.stdin, pipe.process.stdout)),
        ]


async def _over_http(stack: AsyncExitStack, url: str, *, is_modern: bool) -> _Way:
    reader, writer = await _connected(stack, url)
    body = _CHAT.body(is_modern=is_modern)
    request = post(url, body, _CHAT.headers(is_modern=is_modern))
    return _Way(lambda: writer.write(request), reader, b"0\r\n\r\n")


async def _over_sse(stack: AsyncExitStack, url: str) -> _Way:
    events, opening = await _connected(stack, url)
    answers, writer = await _connected(stack, url)
    parts = urlsplit(url)
    opening.write(f"GET {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\n\r\n".encode())
    await events.readuntil(b"event: endpoint\r\ndata: ")
    place = f"{parts.scheme}://{parts.netloc}{(await events.readline()).decode().strip()}"
    for message, answer in ((_HELLO, b'"serverInfo"'), (_READY, b"")):
        writer.write(_message(place, orjson.dumps(message)))
        await answers.readuntil(b"Accepted")
        await events.readuntil(answer or b"\n")
    request = _message(place, _CHAT.body())
    return _Way(lambda: writer.write(request), events, b"\n")


async def _over_pipe(writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> _Way:
    writer.write(orjson.dumps(_HELLO) + b"\n" + orjson.dumps(_READY) + b"\n")
    await reader.readline()
    return _Way(lambda: writer.write(_CHAT.body() + b"\n"), reader, b"\n")


async def _connected(
    stack: AsyncExitStack, url: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = urlsplit(url).netloc.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    stack.callback(writer.close)
    return reader, writer


def _message(url: str, body: bytes) -> bytes:
    place = urlsplit(url)
    return post(url, body, {}).replace(
        f"POST {place.path} ".encode(), f"POST {place.path}?{place.query} ".encode()
    )


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def rendered(rows: Sequence[Row], rounds: int) -> str:
    """Return the figures as Markdown."""
    lines = [
        (row.way, *(f"{figure:.2f}" for figure in (row.p50, row.p99, row.slowest))) for row in rows
    ]
    made = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {rounds} chats each, one at a time; "
        f"load average {os.getloadavg()[0]:.1f} after the run."
    )
    late = [row.way for row in rows if row.p99 > WANTED]
    verdict = f"Missed by {', '.join(late)}." if late else "Reached everywhere."
    shown = table(("Way", "p50 ms", "p99 ms", "slowest ms"), lines)
    return f"{made} To reach: {WANTED:g} ms at p99. {verdict}\n\n{shown}"


def main() -> None:
    """Measure, print the table and write it into the docs."""
    rounds = 220
    text = rendered(uvloop.run(measured(rounds)), rounds)
    print(text)
    PAGE.write_text(put_between(BEGIN, END, text, PAGE.read_text()))
    print(f"\nwritten to docs/{PAGE.name}", file=sys.stderr)


if __name__ == "__main__":
    main()

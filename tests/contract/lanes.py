"""Both lanes of the hosted app, given the same messages: the fast one, and the SDK's alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from tests.support.app import ACCOUNT, composed, headers_of
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Account, ApiToken, Server, ServerConfig
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.errors import ToolError
from vapi_mcp.hosting import shared_parts
from vapi_mcp.http.mcp.fast_lane import FastLane, FastRequest
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.registry.scope import EVERYTHING, Scope
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.breaker import BreakerUpstream, Patience

# What differs between two answers of one lane: codes to agree with, ids of our own failures, dates.
# Each begins with a literal, which `re` finds quickly in a body of 300 kB.
_ONE_TIME = (
    re.compile(rb'(confirmation_code\\*":\\*")[\w-]+'),
    re.compile(rb'(requestState":")[\w-]+'),
    re.compile(rb"((?:with the id|under|reference) )[0-9a-f]{12}\b"),
    re.compile(rb'("id\\*":\\*")[0-9a-f]{12}\b'),
    re.compile(rb"()20(?<!\w20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|\+00:00)"),
    re.compile(rb"(/media/)[\w-]+"),
    re.compile(rb"(vapi-change-)[0-9a-f]+"),
)
_LINKED_AT = datetime.now(UTC)
_JSON = {"content-type": "application/json"}
_STORED = "https://storage.example/a.wav"


@dataclass(frozen=True, slots=True)
class Reply:
    """What Vapi answers to everything, or how it fails.

    media_type: what the body is where an artifact is asked for; else there is none.
    """

    status: int = 200
    body: bytes = b"[]"
    failure: Exception | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    media_type: str | None = None


class Upstream(FakeUpstream):
    """An upstream that gives one reply to everything."""

    def __init__(self) -> None:
        super().__init__()
        self.reply = Reply()

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        self.requests.append((request, account))
        self.entered.set()
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if self.reply.failure:
            # Without the way of the last time, to which every raise would add.
            raise self.reply.failure.with_traceback(None)
        return UpstreamResponse(self.reply.status, {**_JSON, **self.reply.headers}, self.reply.body)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        answer, kind, size = (
            await self.send(request, account),
            self.reply.media_type,
            len(self.reply.body),
        )
        return ArtifactLink(_STORED, kind, size, None, answer.body[:4096]) if kind else answer

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[Any]:
        del headers
        answer, kind = await self.send(request, account), self.reply.media_type
        if kind is None:
            yield answer
        else:
            yield OpenArtifact(200, {"content-type": kind}, _chunks(answer.body))


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP answer, and the rows of the audit log that came with it.

    status: None where nothing was sent.
    """

    status: int | None
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    rows: Sequence[tuple[LogEntry, bool]]
    asked: Sequence[UpstreamRequest]

    @property
    def text(self) -> bytes:
        """The body, without what is made anew for every answer."""
        return without_one_time(self.body)

    @property
    def content(self) -> Any:
        """The text, as JSON where it is an object."""
        text = self.text
        return orjson.loads(text) if text.startswith(b"{") else text

    @property
    def told(self) -> tuple[Any, ...]:
        """All that both lanes have to agree on, but for the body."""
        length = str(len(self.body)).encode()
        headers = [(name, b"..." if value == length else value) for name, value in self.headers]
        rows, asked = map(_timeless, self.rows), map(_undated, self.asked)
        return self.status, headers, [*rows], [*asked]


def without_one_time(text: bytes) -> bytes:
    """Return a text without what is made anew for every answer."""
    for made_anew in _ONE_TIME:
        text = made_anew.sub(rb"\1", text)
    return text


def _undated(request: UpstreamRequest) -> UpstreamRequest:
    """Return a request without the moments at which lists begin."""
    query = tuple((name, re.sub(r"^20\d\d-.*Z$", "", value)) for name, value in request.query)
    return replace(request, query=query)


def _timeless(row: tuple[LogEntry, bool]) -> tuple[Any, ...]:
    entry, is_durable = row
    assert (entry.duration or 0) >= (entry.upstream_duration or 0)
    was_sent = entry.upstream_duration is not None
    # A code of random letters costs some tokens more or less.
    same = dict.fromkeys(("id", "created_at", "duration", "upstream_duration", "tokens"))
    change_id = entry.change_id and without_one_time(entry.change_id.encode()).decode()
    message = entry.message and without_one_time(entry.message.encode()).decode()
    timeless = replace(entry, **same, message=message, change_id=change_id)
    return timeless, was_sent, is_durable


@dataclass(slots=True)
class Lane:
    """One app with a store and an upstream of its own."""

    app: Starlette
    store: MemoryStore
    upstream: Upstream
    rows: list[tuple[LogEntry, bool]] = field(default_factory=list)
    recorded: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(
        self,
        target: str,
        body: bytes,
        headers: Sequence[tuple[str, str]],
        *,
        leaves: asyncio.Event | None = None,
    ) -> Exchange:
        """Post a body over ASGI, from a client that leaves at an event, or stays for its answer."""
        rows, asked = len(self.rows), len(self.upstream.requests)
        sent: list[Message] = []
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if not waiting:
                await (leaves or asyncio.Event()).wait()
                return {"type": "http.disconnect"}
            return waiting.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        length = ("Content-Length", str(len(body)))
        self.recorded.clear()
        await self.app(_scope(target, [*headers, length]), receive, send)
        if leaves is not None:
            # The SDK's task of a client that left ends after its request.
            async with asyncio.timeout(10):
                await self.recorded.wait()
        start, *parts = sent or [{"status": None, "headers": ()}]
        return Exchange(
            start["status"],
            start["headers"],
            b"".join(part.get("body", b"") for part in parts),
            self.rows[rows:],
            [request for request, _ in self.upstream.requests[asked:]],
        )


def _scope(target: str, headers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    path, _, query = target.partition("?")
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), *raw],
        "client": ("127.0.0.1", 4000),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }


@dataclass(slots=True)
class Lanes:
    """Both lanes. taken: of the messages sent so far, those that the fast lane answered."""

    fast: Lane
    slow: Lane
    token: str
    taken: int = 0
    made: int = 0

    async def keep(self, api_token: ApiToken) -> str:
        """Keep an API token in both, and return its secret."""
        secret = new_token(API_PREFIX)
        for lane in (self.fast, self.slow):
            assert await lane.store.add_api_token(api_token, token_hash(secret))
        return secret

    def serve(self, scope: Scope = EVERYTHING, **config: Any) -> str:
        """Make one server in both, and return its token."""
        self.made += 1
        token = new_token()
        server = Server(
            f"server-{self.made}", "more", ACCOUNT.id, scope, config=ServerConfig(**config)
        )
        for lane in (self.fast, self.slow):
            lane.store.add(server, ACCOUNT, token)
        return token

    def answer(self, reply: Reply) -> None:
        """Have Vapi answer so from now on."""
        self.fast.upstream.reply = self.slow.upstream.reply = reply

    async def same(
        self,
        request: Mapping[str, Any] | bytes,
        *,
        token: str | None = None,
        headers: Sequence[tuple[str, str]] | None = None,
        query: str = "",
        leaves: bool = False,
    ) -> tuple[Exchange, bool]:
        """Return what both answer to a message, which is the same, and whether it went fast.

        token: empty for a URL without one. leaves: the client does, once Vapi is asked.
        """
        body = request if isinstance(request, bytes) else orjson.dumps(request)
        if headers is None:
            assert not isinstance(request, bytes)
            headers = list(headers_of(request).items())
        path = "/mcp" if token == "" else f"/mcp/{token or self.token}"
        taken = self.taken
        fast, slow = [
            await lane.post(
                path + query, body, headers, leaves=lane.upstream.entered if leaves else None
            )
            for lane in (self.fast, self.slow)
        ]
        assert fast.told == slow.told, body[:2000]
        if fast.body != slow.body:
            assert fast.content == slow.content, body[:2000]
            # The SDK writes modern answers in ASCII, with escapes.
            if not is_modern(headers):
                assert _same_numbers(fast.text) == _same_numbers(slow.text), body[:2000]
        return fast, self.taken > taken


def is_modern(headers: Sequence[tuple[str, str]]) -> bool:
    return any(value == "2026-07-28" for _, value in headers)


def _same_numbers(body: bytes) -> bytes:
    """Return a body whose large floats are written in one way: 1e16 for 1e+16."""
    return re.sub(rb"(\d)e\+?(-?)0?(\d)", rb"\1e\2\3", body)


@asynccontextmanager
async def both_lanes(**settings: Any) -> AsyncGenerator[Lanes]:
    """Run both lanes over one server of everything, and compare their metrics at the end."""
    settings = {"server_calls_at_once": 0, "server_calls_per_minute": 0, **settings}
    lanes = Lanes(_lane(is_fast=True, **settings), _lane(is_fast=False, **settings), "")
    lanes.token = lanes.serve()
    async with AsyncExitStack() as held:
        held.enter_context(_watched(lanes))
        for lane in (lanes.fast, lanes.slow):
            await held.enter_async_context(lane.app.router.lifespan_context(lane.app))
        yield lanes
        fast, slow = await _metrics(lanes.fast), await _metrics(lanes.slow)
        # A code to agree with is random, and so is its estimate in tokens.
        assert fast.keys() == slow.keys()
        assert {name: count for name, count in fast.items() if "_tokens_" not in name} == {
            name: count for name, count in slow.items() if "_tokens_" not in name
        }
        assert fast == pytest.approx(slow, rel=0.1)


def _lane(*, is_fast: bool, **settings: Any) -> Lane:
    store, upstream = MemoryStore(), Upstream()
    # The clock decides when a circuit closes, and the lanes are asked one after the other.
    never = partial(BreakerUpstream, patience=Patience(failures=1_000_000))
    # It stands in links too, to the second.
    links = partial(MediaLinks, clock=lambda: _LINKED_AT)
    # A bucket that fills meanwhile would let one lane more in than the other.
    limits = partial(Limits, clock=lambda: 0.0)
    with (
        patch.object(shared_parts, "BreakerUpstream", never),
        patch.object(shared_parts, "Limits", limits),
        patch.object(shared_parts, "MediaLinks", links),
    ):
        return Lane(composed(store, upstream, is_fast=is_fast, **settings), store, upstream)


@contextmanager
def _watched(lanes: Lanes) -> Generator[None]:
    """Count what the fast lane takes, and note the rows that either one records."""
    record, take = AuditWriter.record, FastLane.take

    async def noted(self: AuditWriter, entry: LogEntry, *, durable: bool = False) -> bool:
        log = self._log  # pyright: ignore[reportPrivateUsage] - which app a writer belongs to
        lane = lanes.fast if log is lanes.fast.store else lanes.slow
        lane.rows.append((entry, durable))
        lane.recorded.set()
        return await record(self, entry, durable=durable)

    def counted(self: FastLane, *given: Any) -> FastRequest | None:
        found = take(self, *given)
        lanes.taken += found is not None
        return found

    with patch.object(AuditWriter, "record", noted), patch.object(FastLane, "take", counted):
        yield


async def _metrics(lane: Lane) -> dict[str, float]:
    """Return all counts of a lane, without what measures time."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await lane.app({**_scope("/metrics", ()), "method": "GET"}, receive, send)
    lines = b"".join(part.get("body", b"") for part in sent).decode().splitlines()
    told = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    kept = ((name, count) for name, _, count in told if not re.search("_sum|_bucket", name))
    return {name: float(count) for name, count in kept}


def failing(error: ToolError) -> Reply:
    """Return a reply that is a failure."""
    return Reply(failure=error)


def compared(
    rows: Sequence[tuple[LogEntry, bool]], asked: Sequence[UpstreamRequest]
) -> tuple[list[str], list[str]]:
    """Return rows and requests in one order, without what is made anew each time."""
    return sorted(repr(_timeless(row)) for row in rows), sorted(repr(_undated(a)) for a in asked)

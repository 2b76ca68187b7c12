"""Shares of the connections, against a real socket that answers when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from tests.support.sockets import GET, Reader, Writer, answering, client, serving
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import LimitReached
from vapi_mcp.invocation.messages import EVENTS, OpenArtifact, UpstreamRequest
from vapi_mcp.upstream.shared import SharedUpstream
from vapi_mcp.upstream.shares import CONNECTIONS, Owner, Shares

SLOW = UpstreamRequest("GET", "/slow", deadline=5)
STREAM = UpstreamRequest("POST", "/stream", deadline=5)
FILE = UpstreamRequest("GET", "/file", deadline=5)


@dataclass(slots=True)
class Stage:
    """Eight connections: two for an account, four for a tenant."""

    upstream: SharedUpstream
    account: Account
    arrived: asyncio.Semaphore
    release: asyncio.Event
    refused: list[Owner] = field(default_factory=list[Owner])

    def of(self, name: str, tenant: str | None = None) -> Account:
        return replace(self.account, id=name, tenant_id=tenant)

    async def sent(self, request: UpstreamRequest, *accounts: Account) -> list[asyncio.Task[int]]:
        """Begin a request for each account, and return once all of them are on their way."""
        tasks = [asyncio.create_task(self.status(request, account)) for account in accounts]
        for _ in tasks:
            await self.arrived.acquire()
        return tasks

    async def status(self, request: UpstreamRequest, account: Account) -> int:
        if request is STREAM:
            return (await self.upstream.stream(request, account, take)).status
        return (await self.upstream.send(request, account)).status

    async def refusal(self, account: Account) -> LimitReached:
        with pytest.raises(LimitReached) as caught:
            await self.upstream.send(GET, account)
        return caught.value


async def take(piece: bytes) -> None:
    """Take a piece of a stream, and forget it."""


@asynccontextmanager
async def staged() -> AsyncGenerator[Stage]:
    arrived, release = asyncio.Semaphore(0), asyncio.Event()

    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        if request.startswith(b"GET /slow"):
            arrived.release()
            await release.wait()
        if request.startswith((b"GET /slow", b"GET /assistant")):
            return await answering(b"{}")(request, reader, writer)
        kind = f"Content-Type: {EVENTS}"
        await answering(b"data: 1\n\n", kind, length=18)(request, reader, writer)
        await writer.drain()
        arrived.release()
        await release.wait()
        writer.write(b"data: 2\n\n")
        return None

    async with AsyncExitStack() as stack:
        account, _ = await stack.enter_async_context(serving(handle))
        inner = await stack.enter_async_context(client())
        await stack.enter_async_context(asyncio.timeout(5))
        refused: list[Owner] = []
        shares = Shares(8, on_refused=refused.append)
        yield Stage(SharedUpstream(inner, shares), account, arrived, release, refused)


async def test_slow_servers_of_one_tenant_leave_half_of_the_connections_to_others() -> None:
    async with staged() as stage:
        slow = [stage.of(f"slow-{n}", "one") for n in range(4)]
        first = await stage.sent(SLOW, *slow)
        waiting = [asyncio.create_task(stage.status(SLOW, account)) for account in slow]
        others = [stage.of(f"other-{n}", "two") for n in range(4)]
        answers = [await stage.status(GET, account) for account in others for _ in range(5)]
        are_held = not any(task.done() for task in first)
        stage.release.set()
        await asyncio.gather(*first, *waiting)
    assert (answers, are_held, stage.refused) == ([200] * 20, True, [])


async def test_without_a_place_within_a_second_it_is_told_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vapi_mcp.upstream.shares._PATIENCE", 0.02)
    async with staged() as stage:
        busy, alone = stage.of("busy", "one"), stage.of("alone")
        held = await stage.sent(SLOW, busy, busy)
        of_account = await stage.refusal(busy)
        held += await stage.sent(SLOW, stage.of("second", "one"), stage.of("third", "one"))
        of_tenant = await stage.refusal(stage.of("fourth", "one"))
        held += await stage.sent(SLOW, alone, alone, stage.of("b"), stage.of("b"))
        of_process = await stage.refusal(stage.of("c"))
        stage.release.set()
        await asyncio.gather(*held)
        after = [await stage.status(GET, account) for account in (busy, alone, stage.of("c"))]
    assert of_account.as_dict() == {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "This server's own limit is reached: 2 requests to Vapi at once for one "
        "account. Nothing was done; try again in a second.",
        "retry_after": 1,
        "ratelimit-limit": 2,
        "ratelimit-remaining": 0,
        "ratelimit-reset": 1,
    }
    assert "4 requests to Vapi at once for the accounts of one tenant." in of_tenant.message
    assert "8 requests to Vapi at once for all accounts." in of_process.message
    assert stage.refused == ["account", "tenant", "process"]
    assert after == [200, 200, 200]


async def test_streams_and_downloads_hold_a_place_to_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vapi_mcp.upstream.shares._PATIENCE", 0.02)
    async with staged() as stage:
        account = stage.of("a")
        streams = await stage.sent(STREAM, account)
        async with stage.upstream.opened(FILE, account, {}) as found:
            await stage.arrived.acquire()
            refused = await stage.refusal(account)
            stage.release.set()
            assert isinstance(found, OpenArtifact)
            content = [chunk async for chunk in found.chunks]
        statuses = [*await asyncio.gather(*streams), await stage.status(GET, account)]
    assert (refused.extra["ratelimit-limit"], statuses) == (2, [200, 200])
    assert b"".join(content) == b"data: 1\n\ndata: 2\n\n"


async def test_who_gives_up_waiting_takes_no_place_with_them() -> None:
    async with staged() as stage:
        account = stage.of("a", "one")
        held = await stage.sent(SLOW, account, account)
        waiting = asyncio.create_task(stage.status(GET, account))
        await stage.status(GET, stage.of("b", "one"))
        waiting.cancel()
        await asyncio.wait([waiting])
        stage.release.set()
        await asyncio.gather(*held)
        after = await asyncio.gather(*(stage.status(GET, account) for _ in range(10)))
    assert after == [200] * 10


def test_no_tenant_can_hold_all_connections() -> None:
    # What is promised are the sizes, which show from outside only under hundreds of calls.
    sizes = Shares(on_refused=print)._sizes  # pyright: ignore[reportPrivateUsage] - the sizes are not shown
    assert (CONNECTIONS, sizes) == (256, {"account": 64, "tenant": 128})

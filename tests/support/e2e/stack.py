"""The hosted server over the simulated Vapi, both on loopback, and what passes between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.app import composed
from tests.support.e2e.connecting import Way
from tests.support.serving import Running, serving
from vapi_mcp.accounts.records import Account, Server, ServerConfig
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.tokens import new_token
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.client import UpstreamClient

ORG = "0e0c7c1e-53d1-4a35-9c39-4f5a9d3f6b11"


class Watched:
    """An upstream that tells which requests came, with which keys, and whether a client left.

    It can hold requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.requests: list[str] = []
        self.keys: list[str] = []
        self.entered = asyncio.Semaphore(0)
        self.left = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def noting() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left.set()
            return message

        self.requests.append(f"{scope['method']} {scope['path']}")
        self.keys.append(Headers(scope=scope).get("authorization", "").removeprefix("Bearer "))
        self.entered.release()
        await self.free.wait()
        return await self._app(scope, noting, send)


@dataclass(frozen=True, slots=True)
class Stack:
    """A running server and the upstream behind it."""

    running: Running
    upstream: Watched
    token: str

    def url(self, way: Way) -> str:
        """Return the URL a client of this way connects to."""
        kind = "sse" if way == "legacy SSE" else "mcp"
        return f"{self.running.url}/{kind}/{self.token}"


def small_world() -> StateSnapshot:
    """Return an organisation with a single assistant."""
    world, now = StateSnapshot(ORG), datetime.now(UTC).isoformat(timespec="milliseconds")
    stamp = now.replace("+00:00", "Z")
    assistant = {"id": ORG, "orgId": ORG, "name": "Ava", "createdAt": stamp, "updatedAt": stamp}
    world.resources["assistant"][ORG] = assistant
    return world


def watched(world: StateSnapshot | None = None) -> Watched:
    """Return a simulated Vapi that is watched."""
    return Watched(create_sandbox(facts=load_facts(), world=world or small_world()))


@cache
def registry(*, deadline: float | None = None, local_files: bool = False) -> Registry:
    """Return all tools, with another deadline where one is given."""
    specs = load_specs().tools
    if deadline is not None:
        specs = tuple(replace(spec, deadline=deadline) for spec in specs)
    return build_registry(specs, load_facts(), local_files=local_files)


@asynccontextmanager
async def stacked(
    world: StateSnapshot | None = None,
    *,
    base_url: str | None = None,
    key: str = "sandbox-key",
    tools: Registry | None = None,
    max_answer_bytes: int = 2**20,
    config: ServerConfig | None = None,
) -> AsyncGenerator[Stack]:
    """Serve everything; with a `base_url` something else stands where Vapi should."""
    upstream = watched(world)
    client = UpstreamClient(max_answer_bytes=max_answer_bytes, allow_private=True)
    store, token = MemoryStore(), new_token()
    app = composed(store, client, tools=tools or registry(), held=[client])
    drain: Any = app.state.drain
    async with AsyncExitStack() as stack:
        vapi = await stack.enter_async_context(serving(upstream))
        account = Account("account-1", "Acme", Credential(key), base_url or vapi.url)
        server = Server("server-1", "all", account.id, config=config or ServerConfig())
        store.add(server, account, token)
        running = await stack.enter_async_context(serving(app, drain=drain))
        yield Stack(running, upstream, token)

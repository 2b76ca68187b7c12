"""The servers of an agency over both clients, and the ways to ask them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import httpx
import orjson
from starlette.applications import Starlette

from tests.belonging.clients import NOW
from tests.support.app import composed, headers_of, message, modern
from tests.support.pipes import LocalHouse
from tests.support.sandbox import HOST, KEY, HandClock
from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.protocol.apps.announcement import EXTENSION, MEDIA_TYPE
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.tokens import new_token
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.client import UpstreamClient

Way: TypeAlias = Literal["fast", "sdk", "stdio"]
WAYS: tuple[Way, ...] = ("fast", "sdk", "stdio")
ACCOUNT = Account("account-1", "Agency", Credential(KEY), HOST)
OURS = "http://127.0.0.1"
# What a view shows is an answer, too.
_SHOWS_VIEWS = {
    "io.modelcontextprotocol/clientCapabilities": {
        "extensions": {EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}
    }
}
_UNBOUNDED: Mapping[str, Any] = {"server_calls_at_once": 0, "server_calls_per_minute": 0}
_MOST_BYTES = 20_000_000


class CountingTransport(httpx.AsyncBaseTransport):
    """A way to the simulated Vapi that counts its requests."""

    def __init__(self, sandbox: Starlette) -> None:
        self._inner = httpx.ASGITransport(sandbox)
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        return await self._inner.handle_async_request(request)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and what Vapi was asked for it."""

    text: bytes
    asked: tuple[str, ...] = ()

    @property
    def result(self) -> dict[str, Any]:
        """The result of a tool, parsed; empty where it is an error or no JSON."""
        told = orjson.loads(self.text).get("result") or {}
        if told.get("isError") or not told.get("content"):
            return {}
        found = orjson.loads(told["content"][0]["text"])
        return found if isinstance(found, dict) else {"result": found}

    @property
    def told(self) -> Any:
        """The first text of a result, parsed; also that of an error."""
        return orjson.loads(orjson.loads(self.text)["result"]["content"][0]["text"])

    @property
    def is_error(self) -> bool:
        told = orjson.loads(self.text)
        return "error" in told or bool(told["result"].get("isError"))


@dataclass(slots=True)
class Agency:
    """Three ways to servers over one organisation.

    servers: their tokens by name. The two hosted apps share a store.
    """

    transport: CountingTransport
    upstream: UpstreamClient
    store: MemoryStore
    hosted: Mapping[Way, httpx.AsyncClient]
    servers: dict[str, tuple[str, Server]] = field(default_factory=dict[str, tuple[str, Server]])
    pipes: dict[str, LocalHouse] = field(default_factory=dict[str, LocalHouse])

    def serve(self, name: str, config: ServerConfig) -> None:
        """Make a server."""
        token, server = new_token(), Server(name, name, ACCOUNT.id, config=config)
        self.store.add(server, ACCOUNT, token)
        self.servers[name] = token, server
        self.pipes[name] = LocalHouse(self.upstream, Grant(ACCOUNT, server))

    async def ask(
        self, name: str, method: str, params: Mapping[str, Any], way: Way = "fast"
    ) -> Answer:
        """Send one message to a server."""
        if way == "stdio":
            return await self._piped(name, method, params)
        shown = {**params, "_meta": _SHOWS_VIEWS}
        request = message(method, params) if way == "fast" else modern(method, shown)
        headers, body = headers_of(request), orjson.dumps(request)
        path, begun = f"/mcp/{self.servers[name][0]}", len(self.transport.asked)
        got = await self.hosted[way].post(path, content=body, headers=headers)
        return Answer(_message(got), tuple(self.transport.asked[begun:]))

    async def call(self, name: str, tool: str, way: Way = "fast", /, **arguments: Any) -> Answer:
        """Call a tool."""
        return await self.ask(name, "tools/call", {"name": tool, "arguments": arguments}, way)

    async def fetch(self, url: str) -> Answer:
        """Follow a link of ours."""
        begun = len(self.transport.asked)
        got = await self.hosted["fast"].get(url)
        status = f"{got.status_code} {got.headers.get('content-type')}\n".encode()
        return Answer(status + got.content, tuple(self.transport.asked[begun:]))

    async def _piped(self, name: str, method: str, params: Mapping[str, Any]) -> Answer:
        begun = len(self.transport.asked)
        shown = {**params, "_meta": _SHOWS_VIEWS}
        line, *_ = await self.pipes[name].output(modern(method, shown))
        return Answer(line, tuple(self.transport.asked[begun:]))


def _message(got: httpx.Response) -> bytes:
    """Return the JSON of an answer, which may come as the last event of a stream."""
    if not got.headers.get("content-type", "").startswith("text/event-stream"):
        return got.content
    lines = [line for line in got.content.splitlines() if line.startswith(b"data: {")]
    return lines[-1].removeprefix(b"data: ")


@asynccontextmanager
async def agency(world: StateSnapshot) -> AsyncGenerator[Agency]:
    """Serve one organisation; the servers are still to be made."""
    sandbox = create_sandbox(facts=load_facts(), world=world, clock=HandClock(NOW), base_url=HOST)
    transport, store = CountingTransport(sandbox), MemoryStore()
    async with AsyncExitStack() as held:
        upstream = UpstreamClient(
            max_answer_bytes=_MOST_BYTES, allow_private=True, transport=transport
        )
        await held.enter_async_context(upstream)
        hosted: dict[Way, httpx.AsyncClient] = {}
        for way in WAYS[:2]:
            app = composed(store, upstream, is_fast=way == "fast", public_url=OURS, **_UNBOUNDED)
            await held.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OURS)
            hosted[way] = await held.enter_async_context(client)
        yield Agency(transport, upstream, store, hosted)

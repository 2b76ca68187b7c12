"""The hosted app over a fake upstream, on loopback, and raw messages to send to it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette

from tests.support.registry import registry
from tests.support.serving import HttpProtocol, Running, serving
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Account, Server, ServerConfig, Upstreams
from vapi_mcp.admin.ports import Store
from vapi_mcp.events.callbacks import Callbacks
from vapi_mcp.hosting.application import Application
from vapi_mcp.hosting.composition import compose
from vapi_mcp.hosting.processes.worker_ipc import WorkerPeers
from vapi_mcp.http.app import create_app
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.oauth.authorize import SessionOf
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.oauth.ports import ClientDocuments
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import EVERYTHING, Scope
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.keyring import KeyRing, new_key, parse_keys
from vapi_mcp.security.tokens import new_token
from vapi_mcp.settings import load_settings
from vapi_mcp.store.memory.memory_store import MemoryStore

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
BOTH = "application/json, text/event-stream"
RING = KeyRing(parse_keys(new_key(), "the test"))
ACCOUNT = Account("account-1", "Acme", Credential("sandbox-key"), "http://upstream.invalid")

_PROTOCOL = "io.modelcontextprotocol/protocolVersion"
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


def composed(
    store: Store,
    upstream: Upstream,
    *,
    ring: KeyRing = RING,
    tools: Registry | None = None,
    upstreams: Upstreams | None = None,
    held: Sequence[AbstractAsyncContextManager[Any]] = (),
    peers: WorkerPeers | None = None,
    is_fast: bool = True,
    documents: ClientDocuments | None = None,
    session_of: SessionOf | None = None,
    callbacks: Callbacks | None = None,
    **settings: Any,
) -> Starlette:
    """Return the whole app over a store and an upstream; `app.state.drain` ends it."""
    known = load_settings(env_file=None, **settings)
    tools = tools or registry()
    return create_app(
        compose(
            Application(known, tools, upstream),
            store=store,
            ring=ring,
            upstreams=upstreams or Upstreams(known.upstream_base_url),
            held=held,
            peers=peers,
            is_fast=is_fast,
            documents=documents,
            session_of=session_of,
            callbacks=callbacks,
        )
    )


@dataclass(slots=True)
class Hosted:
    """A running app and what is behind it."""

    running: Running
    drain: Drain
    store: MemoryStore
    upstream: FakeUpstream
    token: str
    made: int = field(default=0)

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def mcp_url(self) -> str:
        return f"{self.url}/mcp/{self.token}"

    @property
    def sse_url(self) -> str:
        return f"{self.url}/sse/{self.token}"

    def add_server(
        self,
        scope: Scope = EVERYTHING,
        *,
        ended: bool = False,
        config: ServerConfig = ServerConfig(),  # noqa: B008 - it is frozen
    ) -> str:
        """Make one more server and return its token."""
        self.made += 1
        ends = datetime.now(UTC) - timedelta(seconds=1) if ended else None
        token = new_token()
        server = Server(f"server-{self.made}", "more", ACCOUNT.id, scope, ends, config)
        self.store.add(server, ACCOUNT, token)
        return token


@asynccontextmanager
async def hosted(
    *,
    upstream: FakeUpstream | None = None,
    scope: Scope = EVERYTHING,
    http: HttpProtocol = "httptools",
    peers: WorkerPeers | None = None,
    beside: Hosted | None = None,
    is_fast: bool = True,
    documents: ClientDocuments | None = None,
    session_of: SessionOf | None = None,
    callbacks: Callbacks | None = None,
    **settings: Any,
) -> AsyncGenerator[Hosted]:
    """Serve the whole app with one server in its store, which it may share with another app."""
    upstream, store, token = upstream or FakeUpstream(), MemoryStore(), new_token()
    store.add(Server("server-0", "first", ACCOUNT.id, scope), ACCOUNT, token)
    if beside is not None:
        store, token = beside.store, beside.token
    app = composed(
        store,
        upstream,
        peers=peers,
        is_fast=is_fast,
        documents=documents,
        session_of=session_of,
        callbacks=callbacks,
        **settings,
    )
    drain: Drain = app.state.drain
    async with serving(app, drain=drain, http=http) as running:
        yield Hosted(running, drain, store, upstream, token)


def message(method: str, params: Mapping[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Return a request of the handshake era."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": dict(params or {}), **members}


def modern(method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a request that carries the envelope of 2026-07-28."""
    meta = {_PROTOCOL: MODERN, _CAPABILITIES: {}, **(params or {}).get("_meta", {})}
    return message(method, {**(params or {}), "_meta": meta})


def headers_of(request: Mapping[str, Any], accept: str | None = BOTH) -> dict[str, str]:
    """Return the headers a client of the request's era sends."""
    headers = {"Content-Type": "application/json"}
    if accept is not None:
        headers["Accept"] = accept
    if _PROTOCOL in request["params"].get("_meta", {}):
        headers |= {"MCP-Protocol-Version": MODERN, "Mcp-Method": request["method"]}
        if name := request["params"].get("name"):
            headers["Mcp-Name"] = name
    return headers


async def post(
    url: str,
    request: Mapping[str, Any],
    *,
    accept: str | None = BOTH,
    extra: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send one message, as a client of its own."""
    headers = {**headers_of(request, accept), **(extra or {})}
    return await send("POST", url, headers=headers, content=orjson.dumps(request))


async def send(method: str, url: str, **request: Any) -> httpx.Response:
    """Send one HTTP request with no header but those given (and the inevitable ones)."""
    async with httpx.AsyncClient(trust_env=False) as client:
        client.headers.clear()
        return await client.request(method, url, **request)

"""The product's whole app with the suite's catalogue in it, on loopback; for tests alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from anyio import CancelScope
from mcp.server.lowlevel import Server as McpServer
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from tests.conformance.catalogue import catalogue, create_fixture_server
from tests.support.app import ACCOUNT, composed
from tests.support.serving import serving
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Server
from vapi_mcp.hosting import sdk_apps
from vapi_mcp.http.mcp.fast_lane import FastLane, FastRequest
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.registry.scope import EVERYTHING
from vapi_mcp.security.tokens import new_token
from vapi_mcp.store.memory.memory_store import MemoryStore


@dataclass(slots=True)
class Examined:
    """A running app. fast: how many requests the fast lane answered so far."""

    url: str
    fast: int = 0


class _Sessions(StreamableHTTPSessionManager):
    """Sessions that begin although their first request is cancelled once it is answered.

    The product does so when the server says that the connection is free again, and has nothing
    left to do by then; the SDK would drop the session.
    """

    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        begins = "mcp-session-id" not in Headers(scope=scope)
        with CancelScope(shield=begins):
            await super().handle_request(scope, receive, send)


@asynccontextmanager
async def fixture_app(*, is_fast: bool, has_sessions: bool = False) -> AsyncGenerator[Examined]:
    """Serve the catalogue.

    has_sessions: clients of the handshake era get what the product does not offer them, a session
    in which they can be asked; everything around it is the product's.
    """
    store, token = MemoryStore(), new_token()
    store.add(Server("server-0", "conformance", ACCOUNT.id, EVERYTHING), ACCOUNT, token)
    with ExitStack() as held:
        held.enter_context(patch.object(sdk_apps, "create_mcp_server", create_fixture_server))
        if has_sessions:
            held.enter_context(_sessions())
        app = composed(
            store,
            FakeUpstream(),
            tools=catalogue(),
            is_fast=is_fast,
            server_calls_per_minute=0,
        )
        async with serving(app, drain=app.state.drain) as running:
            examined = Examined(f"{running.url}/mcp/{token}")
            held.enter_context(_counted(examined))
            yield examined


@contextmanager
def _sessions() -> Generator[None]:
    """Have the SDK keep sessions, under its own ids."""

    def manager(
        server: McpServer[Any], limit: int, *, json_response: bool
    ) -> StreamableHTTPSessionManager:
        return _Sessions(server, stateless=not json_response, max_request_body_size=limit)

    def unchanged(self: ClientNames, message: object, grant: object, send: Send) -> Send:
        return send

    with (
        patch.object(sdk_apps, "_stateless", manager),
        patch.object(ClientNames, "announcing", unchanged),
    ):
        yield


# The lane tells these from the product's own tools; only the fixture's server knows the others.
_OF_THE_FIXTURE = frozenset({"initialize", "server/discover", "tools/list"})


@contextmanager
def _counted(examined: Examined) -> Generator[None]:
    take = FastLane.take

    def counted(self: FastLane, scope: Scope, message: Message) -> FastRequest | None:
        if message.method in _OF_THE_FIXTURE:
            return None
        found = take(self, scope, message)
        examined.fast += found is not None
        return found

    with patch.object(FastLane, "take", counted):
        yield

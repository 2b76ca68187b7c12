"""The hosted server over a simulated Vapi full of recordings, or over storage of a test's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.types import ASGIApp

from tests.support.app import RING, message, post
from tests.support.serving import Running, serving
from vapi_mcp.accounts.records import Account, Server, ServerConfig
from vapi_mcp.hosting.composition import compose
from vapi_mcp.http.app import create_app
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.calls.artifacts import KINDS, has_artifact
from vapi_mcp.sandbox.media.timing import duration_of
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.tokens import new_token
from vapi_mcp.settings import load_settings
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.client import UpstreamClient

TOOLS = {
    "mono-recording": "list_all_vapi_mono_recordings",
    "stereo-recording": "list_all_vapi_stereo_recordings",
    "video-recording": "list_all_vapi_video_recordings",
    "customer-recording": "list_all_vapi_customer_recordings",
    "assistant-recording": "list_all_vapi_assistant_recordings",
    "pcap": "list_all_vapi_pcaps",
    "call-logs": "list_all_vapi_call_logs",
}
_FEW_MESSAGES = 3
AUDIO = tuple(kind for kind in TOOLS if kind.endswith("-recording") and kind != "video-recording")


@cache
def registry() -> Registry:
    specs = load_specs()
    return build_registry(specs.tools, load_facts(), synonyms=specs.synonyms)


@cache
def world() -> StateSnapshot:
    """Return an organisation with calls of every kind."""
    return seed_world(7, datetime.now(UTC))


@cache
def call_with(segment: str) -> str:
    """Return the id of a short call that left this behind; every sandbox of a command has it."""
    kind = next(kind for kind in KINDS if kind.segment == segment)
    calls = [c for c in world().resources["call"].values() if has_artifact(c, kind)]
    spoken = [call for call in calls if len(call.get("messages") or []) > _FEW_MESSAGES]
    return min(spoken, key=duration_of)["id"]


@dataclass(frozen=True, slots=True)
class Gallery:
    """A running server and what is behind it."""

    running: Running
    store: MemoryStore
    account: Account
    token: str
    app: Starlette

    @property
    def url(self) -> str:
        return f"{self.running.url}/mcp/{self.token}"

    @property
    def sse_url(self) -> str:
        return f"{self.running.url}/sse/{self.token}"

    async def raw(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return the result as it travels."""
        called = message("tools/call", {"name": tool, "arguments": arguments})
        answer = await post(self.url, called)
        return orjson.loads(answer.content)["result"]

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool that has to succeed and return its JSON."""
        result = await self.raw(tool, **arguments)
        assert not result.get("isError"), result
        return orjson.loads(result["content"][0]["text"])

    async def change(self, **changes: Any) -> None:
        """Change the server: its config, its end."""
        await self.store.update_server(
            self.account.id, "server-1", lambda kept: replace(kept, **changes)
        )


@asynccontextmanager
async def gallery(
    vapi: ASGIApp | None = None,
    *,
    config: ServerConfig = ServerConfig(),  # noqa: B008 - it is frozen
    expires_at: datetime | None = None,
    **settings: Any,
) -> AsyncGenerator[Gallery]:
    """Serve everything, over the simulated Vapi where no other is given."""
    client = UpstreamClient(max_answer_bytes=2**24, allow_private=True)
    store, token = MemoryStore(), new_token()
    app = create_app(
        compose(
            settings=load_settings(env_file=None, **settings),
            store=store,
            ring=RING,
            registry=registry(),
            facts=load_facts(),
            upstream=client,
            held=[client],
        )
    )
    drain: Any = app.state.drain
    sandbox = vapi or create_sandbox(facts=load_facts(), world=world())
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(serving(sandbox))
        account = Account("account-1", "Acme", Credential("sandbox-key"), upstream.url)
        server = Server("server-1", "all", account.id, expires_at=expires_at, config=config)
        store.add(server, account, token)
        running = await stack.enter_async_context(serving(app, drain=drain))
        yield Gallery(running, store, account, token, app)

"""The hosted app over a database and the simulated Vapi, made use of over its own HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from starlette.applications import Starlette

from tests.support.admin_api import an_account, made
from tests.support.app import facts, message, post, registry
from tests.support.e2e.stack import Watched, watched
from tests.support.serving import serving
from tests.support.stores import Database, ring_of
from vapi_mcp.accounts.records import ApiToken, Upstreams
from vapi_mcp.hosting.composition import compose
from vapi_mcp.http.app import create_app
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash
from vapi_mcp.settings import load_settings
from vapi_mcp.store.sql.sql_store import SqlStore
from vapi_mcp.upstream.client import UpstreamClient

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Installation:
    """A running app, a client of its admin API, and what is behind it.

    store: the one the app itself holds.
    """

    url: str
    admin: httpx.AsyncClient
    vapi: Watched
    app: Starlette
    store: SqlStore

    def administrator(self, token: str) -> httpx.AsyncClient:
        """Return a client with another admin token; enter it to use it."""
        return client(self.url, token)

    def mcp_url(self, opened: Json) -> str:
        """Return the URL of a server as its making answered it."""
        return f"{self.url}/mcp/{opened['token']}"


@asynccontextmanager
async def installed(
    database: Database, world: StateSnapshot | None = None, **settings: Any
) -> AsyncGenerator[Installation]:
    """Serve everything over a database of its own, with one admin token for everything."""
    vapi, secret = watched(world), new_token(API_PREFIX)
    upstream = UpstreamClient(max_answer_bytes=2**20, allow_private=True)
    store = SqlStore(database.where, ring := ring_of(database.key))
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(serving(vapi))
        app = create_app(
            compose(
                settings=load_settings(env_file=None, **settings),
                store=store,
                ring=ring,
                registry=registry(),
                facts=facts(),
                upstream=upstream,
                upstreams=Upstreams.everywhere(place.url),
                held=[store.opened(), upstream],
            )
        )
        running = await stack.enter_async_context(serving(app, drain=app.state.drain))
        await store.add_first_api_token(ApiToken("root", "root", "admin"), token_hash(secret))
        admin = await stack.enter_async_context(client(running.url, secret))
        yield Installation(running.url, admin, vapi, app, store)


def client(url: str, token: str) -> httpx.AsyncClient:
    """Return a client of the admin API; enter it to use it."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30)


async def new_account(admin: httpx.AsyncClient, name: str = "Acme", **body: Any) -> str:
    """Link an account with a key the simulated Vapi takes, and return its path."""
    return await an_account(admin, **{"name": name, "api_key": f"sandbox-{name}", **body})


async def new_server(
    admin: httpx.AsyncClient, account: str, config: Json | None = None, **body: Any
) -> Json:
    """Make a server of the account at a path; return it with its token."""
    given = {"name": "made", **({} if config is None else {"config": config}), **body}
    return await made(admin, f"{account}/mcp", **given)


async def end_in(store: SqlStore, opened: Json, seconds: float) -> datetime:
    """Let a server end sooner than the API would, and return when."""
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    changed = await store.update_server(
        opened["integrated_account_id"], opened["id"], lambda kept: replace(kept, expires_at=end)
    )
    assert changed is not None
    return end


async def tool_names(url: str, **extra: str) -> list[str]:
    """Return the names of `tools/list`."""
    answer = await post(url, message("tools/list"), extra=extra)
    assert answer.status_code == 200, answer.text
    return [tool["name"] for tool in answer.json()["result"]["tools"]]


async def called(
    url: str, tool: str, arguments: Mapping[str, Any] | None = None, **extra: str
) -> Json:
    """Call a tool and return its result."""
    request = message("tools/call", {"name": tool, "arguments": dict(arguments or {})})
    answer = await post(url, request, extra=extra)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def text_of(result: Json) -> Any:
    """Return the JSON that a successful result is."""
    assert result["isError"] is False, result
    return orjson.loads(result["content"][0]["text"])


def error_of(result: Json) -> Json:
    """Return the error object that a refused call's result is."""
    assert result["isError"] is True, result
    return orjson.loads(result["content"][0]["text"])

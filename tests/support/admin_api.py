"""The admin API over any store, called in process as an administrator does."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.support.app import registry
from tests.support.stores import Database, Memory, access_to, ring_of
from tests.support.upstream import FakeKeyCheck, FakeUpstream
from vapi_mcp.accounts.records import Upstreams
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.admin import COMMAND_LINE, Administration
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.requests import NewApiToken
from vapi_mcp.audit.ports import AuditLog
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.hosting.administration import administration_of
from vapi_mcp.hosting.application import Application
from vapi_mcp.http.admin_api.routes import admin_routes
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.security.keyring import new_key
from vapi_mcp.settings import load_settings

ACCOUNTS = "/integrated-account"

# What a config is where nothing was said.
PLAIN_CONFIG: dict[str, Any] = {
    "methods": [],
    "tags": [],
    "tools": [],
    "exclude_tools": [],
    "require_api_token_auth": False,
    "tool_exposure": "all",
    "structured_content": False,
    "max_result_tokens": 8000,
    "confirm": "none",
    "policy": None,
    "notes": "block",
    "inline_media": True,
    "confirm_by": "either",
    "catalogue": "core",
    "only": None,
}


@dataclass(slots=True)
class MovedClock:
    """A clock that runs, ahead by as much as a test says."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def after(self, seconds: float) -> str:
        """Return a moment from now as it is written in JSON."""
        return (self() + timedelta(seconds=seconds)).isoformat()


@dataclass(slots=True)
class Stage:
    """The app, what is behind it, and the token of an administrator of everything."""

    app: Starlette
    store: Store
    log: AuditLog
    access: AccessService
    administration: Administration
    keys: FakeKeyCheck
    upstream: FakeUpstream
    clock: MovedClock
    token: str

    def as_admin(self, token: str | None = None) -> httpx.AsyncClient:
        """Return a client with an admin token; enter it to use it."""
        return self.as_anyone(Authorization=f"Bearer {token or self.token}")

    def as_anyone(self, **headers: str) -> httpx.AsyncClient:
        """Return a client that sends these headers; enter it to use it."""
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(
            transport=transport, base_url="http://localhost:8080", headers=headers
        )

    async def new_token(self, kind: str = "admin", **bound_to: str) -> str:
        """Make an API token and return its secret."""
        request = NewApiToken.model_validate({"name": "made", "kind": kind, **bound_to})
        _, secret = await self.administration.api_tokens.create(COMMAND_LINE, request)
        return secret


@asynccontextmanager
async def staged(
    where: Memory | Database, upstream: Upstream | None = None, /, **given: Any
) -> AsyncGenerator[Stage]:
    """Set the admin API up over a store that is open meanwhile, and perhaps over a Vapi."""
    keys, clock, fake = FakeKeyCheck(), MovedClock(), FakeUpstream()
    settings = load_settings(env_file=None, **given)
    async with where.opened() as opened:
        store: Any = opened
        application = Application(settings, registry(), upstream or fake)
        audit_writer, access = AuditWriter(store, keep_days=0), access_to(store)
        administration = administration_of(
            store,
            audit_writer,
            settings=settings,
            registry=registry(),
            check_key=keys,
            sender=upstream or fake,
            upstreams=Upstreams(),
            open_restorer=partial(application.restorer, store),
            clock=clock,
        )
        app = Starlette(routes=admin_routes(administration, access, ring_of(new_key()), settings))
        async with audit_writer.running():
            stage = Stage(app, store, store, access, administration, keys, fake, clock, "")
            stage.token = await stage.new_token()
            yield stage


async def made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """Make something and return it."""
    response = await client.post(path, json=body)
    assert response.status_code == 201, response.text
    return response.json()


async def an_account(client: httpx.AsyncClient, **body: Any) -> str:
    """Make an account and return its path."""
    account = await made(client, ACCOUNTS, **{"name": "Acme", "api_key": "k", **body})
    return f"{ACCOUNTS}/{account['id']}"


def failures(response: httpx.Response, status: int = 400) -> dict[str, str]:
    """Return what a refusal finds wrong, by path."""
    assert response.status_code == status, response.text
    error = response.json()
    assert error.keys() == {"statusCode", "error", "message", "details"}
    assert error["statusCode"] == status
    return {found["path"]: found["message"] for found in error["details"]["failures"]}


def refusal(response: httpx.Response, status: int) -> str:
    """Return the words of a refusal without findings."""
    assert response.status_code == status, response.text
    error = response.json()
    assert error.keys() == {"statusCode", "error", "message"}
    assert error["statusCode"] == status
    return error["message"]

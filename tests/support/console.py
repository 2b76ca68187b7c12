"""The console over the hosted app, and browsers that have signed in."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from tests.support.app import Hosted, hosted
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash
from vapi_mcp.store.memory.memory_store import MemoryStore

_FORM_TOKEN = re.compile(r'name="form_token" value="(\w+)"')


class Stored(Protocol):
    """A running server with a store in memory."""

    @property
    def store(self) -> MemoryStore:
        """Its store."""
        ...


@dataclass(frozen=True, slots=True)
class Browser:
    """A client with cookies, as a person's browser is; it follows no redirects."""

    client: httpx.AsyncClient

    async def get(self, path: str = "", **query: str) -> httpx.Response:
        """Open a page below `/console`."""
        return await self.client.get(f"/console{path}", params=query)

    async def send(
        self,
        path: str,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send a form as a page of the console does: with its token."""
        page = await self.get()
        found = _FORM_TOKEN.search(page.text)
        fields = {"form_token": found[1] if found else "", **(form or {})}
        return await self.client.post(f"/console{path}", data=fields, headers=headers)

    async def sign_in(self, token: str, **query: str) -> httpx.Response:
        """Sign in with an API token."""
        form = {"token": token}
        return await self.client.post("/console/sign-in", params=query, data=form)


@asynccontextmanager
async def browser_at(url: str) -> AsyncGenerator[Browser]:
    """Yield a browser without cookies."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        yield Browser(client)


async def api_token(server: Stored, **values: Any) -> str:
    """Make an API token, of kind admin where nothing else is said, and return its secret."""
    secret = new_token(API_PREFIX)
    given: dict[str, Any] = {"name": "Ada", "kind": "admin", **values}
    token = ApiToken(f"token-{secret[4:10]}", **given)
    await server.store.add_api_token(token, token_hash(secret))
    return secret


@asynccontextmanager
async def signed_in_at(url: str, server: Stored, **token: Any) -> AsyncGenerator[Browser]:
    """Yield a browser that has signed in to the console of a server at a URL."""
    async with browser_at(url) as browser:
        answer = await browser.sign_in(await api_token(server, **token))
        assert answer.status_code == 303, answer.text
        yield browser


@asynccontextmanager
async def signed_in(
    server: Hosted | None = None, **token: Any
) -> AsyncGenerator[tuple[Hosted, Browser]]:
    """Yield a server with a browser that has signed in to its console.

    token: values of the API token, such as `tenant_id` or `read_only`.
    """
    if server is None:
        async with hosted() as made, signed_in(made, **token) as both:
            yield both
        return
    async with signed_in_at(server.url, server, **token) as browser:
        yield server, browser

"""A guarded server to sign in to, and a person with a browser who does."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.support.app import ACCOUNT, Hosted
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.records import ApiToken, Server, ServerConfig
from vapi_mcp.admin.ports import Store
from vapi_mcp.oauth.errors import DocumentUnavailable
from vapi_mcp.oauth.ports import ClientDocument
from vapi_mcp.oauth.records import AuthorizationCode, OAuthGrant
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash

GUARDED = Server("guarded", "guarded", ACCOUNT.id, config=ServerConfig(require_api_token_auth=True))
_TICKET = re.compile(r'name="ticket" value="([^"]*)"')


class Documents:
    """Documents of clients that are at hand; `read_urls` are those that were asked for."""

    def __init__(self, **contents: Mapping[str, Any]) -> None:
        self.contents = {each["client_id"]: each for each in contents.values()}
        self.read_urls: list[str] = []
        self.is_down = False

    async def read(self, url: str) -> ClientDocument:
        self.read_urls.append(url)
        if self.is_down or url not in self.contents:
            raise DocumentUnavailable("its address answers 404")
        return ClientDocument(self.contents[url])


async def guard(server: Hosted, guarded: Server = GUARDED, **token: Any) -> str:
    """Add a guarded server and an API token; return the token's secret."""
    secret = new_token(API_PREFIX)
    server.store.add(guarded, ACCOUNT, new_token())
    await server.store.add_api_token(ApiToken("api", "Ann", **token), token_hash(secret))
    return secret


async def granted(store: Store, account_id: str, server_id: str, grant_id: str) -> None:
    """Keep a grant of a server, as a person gave it to Claude to read."""
    grant = OAuthGrant(
        grant_id,
        "https://claude.ai/client.json",
        "claude.ai",
        account_id,
        server_id,
        None,
        ("vapi:read",),
        "https://us.example/mcp",
        client_name="Claude",
    )
    ends = utc_now() + timedelta(seconds=60)
    back = "https://claude.ai/back"
    code = AuthorizationCode(grant_id, grant_id, grant.client_id, back, "c", ends)
    assert await store.add_oauth_grant(grant, code)


def pkce() -> tuple[str, str]:
    """Return a verifier and its challenge."""
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(slots=True)
class Person:
    """A person who signs in with an API token and chooses one server."""

    api_token: str
    server: str = GUARDED.id
    choice: Mapping[str, str] = field(default_factory=dict[str, str])

    async def allow(self, http: httpx.AsyncClient, url: str) -> dict[str, str]:
        """Go through the pages of an authorization URL; return what the client gets."""
        consent = await self.sign_in(http, url)
        form = {"ticket": ticket_in(consent), "decision": "allow", "server": self.server}
        answer = await submit(http, url, {**form, **self.choice})
        assert answer.status_code == 302, answer.text
        return answer_in(answer)

    async def open(self, http: httpx.AsyncClient, url: str) -> None:
        """Go through the pages, and on to the client's own page as a browser does."""
        answer = await self.allow(http, url)
        arrived = await http.get(httpx.URL(answer.pop("to"), params=answer))
        arrived.raise_for_status()

    async def sign_in(self, http: httpx.AsyncClient, url: str) -> httpx.Response:
        """Return the consent page."""
        page = await http.get(url)
        assert page.status_code == 200, page.text
        form = {"ticket": ticket_in(page), "decision": "sign-in", "api_token": self.api_token}
        return await submit(http, url, form)


async def submit(http: httpx.AsyncClient, url: str, form: Mapping[str, str]) -> httpx.Response:
    """Submit a form of the page, as a browser does."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    return await http.post(f"{origin}/authorize", data=dict(form), headers=headers)


def ticket_in(page: httpx.Response) -> str:
    """Return the ticket of a page's form."""
    found = _TICKET.search(page.text)
    assert found is not None, page.text
    return unescape(found[1])


def answer_in(redirect: httpx.Response) -> dict[str, str]:
    """Return what a redirect brings its client, and the address without it."""
    location = redirect.headers["location"]
    parts = urlsplit(location)
    return {"to": location.partition("?")[0], **dict(parse_qsl(parts.query))}

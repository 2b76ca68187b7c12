"""The use cases of OAuth against a clock that moves: grace, ends, and documents that go away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.oauth import Documents, pkce
from tests.support.records import NOW, account, api_token, server
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ApiToken, Server, ServerConfig
from vapi_mcp.oauth.authorization import Choice
from vapi_mcp.oauth.errors import OAuthError, UnsafeRequest
from vapi_mcp.oauth.records import AuthorizationRequest, OAuthClient
from vapi_mcp.oauth.services import OAuthServices
from vapi_mcp.oauth.tokens import IssuedTokens
from vapi_mcp.store.memory.memory_store import MemoryStore

RESOURCE = "https://us.example/mcp"
BACK = "https://app.example/back"
URL = "https://app.example/oauth/client.json"
DOCUMENT = {"client_id": URL, "client_name": "App", "redirect_uris": [BACK]}


class _Changes:
    """Records of the audit log, as they were made."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, Mapping[str, Any]]] = []

    async def record(
        self, actor: ApiToken, action: str, arguments: Mapping[str, Any], **_: str | None
    ) -> None:
        self.made.append((actor.id, action, arguments))


@dataclass(slots=True)
class _World:
    """A store with one guarded server, and all use cases over it."""

    store: MemoryStore = field(default_factory=MemoryStore)
    documents: Documents = field(default_factory=lambda: Documents(app=DOCUMENT))
    changes: _Changes = field(default_factory=_Changes)
    now: datetime = NOW
    token: ApiToken = field(default_factory=lambda: api_token(kind="admin"))

    @property
    def services(self) -> OAuthServices:
        return OAuthServices.over(self.store, self.changes, self.documents, lambda: self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    async def code(self, **choice: Any) -> tuple[OAuthClient, str, str]:
        """Make a server, and return a client with a code for it and the verifier."""
        owner = account(tenant_id="t")
        guarded = server(owner, config=ServerConfig(require_api_token_auth=True))
        await self.store.add_account(owner)
        await self.store.add_server(guarded, "hash")
        await self.store.add_api_token(self.token, "token hash")
        verifier, challenge = pkce()
        client = await self.services.clients.find(URL)
        request = AuthorizationRequest(URL, BACK, challenge, RESOURCE)
        code = await self.services.authorization.approve(
            request, client, self.token, Choice(guarded.id, **choice)
        )
        return client, code, verifier

    async def tokens(self, **choice: Any) -> tuple[OAuthClient, IssuedTokens]:
        client, code, verifier = await self.code(**choice)
        issued = await self.services.tokens.exchange(
            client, code, redirect_uri=BACK, verifier=verifier
        )
        return client, issued

    async def server(self) -> Server:
        [(guarded, _)] = await self.store.list_guarded_servers(self.token, NOW, 1)
        return guarded


async def test_a_code_lives_for_a_minute() -> None:
    world = _World()
    client, code, verifier = await world.code()
    world.wait(seconds=60)
    with pytest.raises(OAuthError, match="over"):
        await world.services.tokens.exchange(client, code, redirect_uri=None, verifier=verifier)


async def test_a_code_of_another_client_is_not_valid_and_stays() -> None:
    world = _World()
    client, code, verifier = await world.code()
    other = OAuthClient("other", "registered", (BACK,))
    exchange = world.services.tokens.exchange
    with pytest.raises(OAuthError, match="not valid"):
        await exchange(other, code, redirect_uri=BACK, verifier=verifier)
    assert await exchange(client, code, redirect_uri=BACK, verifier=verifier)


async def test_a_refresh_token_that_comes_after_the_grace_ends_the_grant() -> None:
    world = _World()
    client, issued = await world.tokens()
    refresh = world.services.tokens.refresh
    newer = await refresh(client, issued.refresh)
    world.wait(seconds=10)
    newest = await refresh(client, issued.refresh)
    world.wait(seconds=0.1)
    with pytest.raises(OAuthError, match="used before"):
        await refresh(client, issued.refresh)
    for token in (newer.refresh, newest.refresh):
        with pytest.raises(OAuthError, match="not valid"):
            await refresh(client, token)
    actor, action, arguments = world.changes.made[-1]
    assert (actor, action) == ("oauth", "oauth_grant.deleted")
    assert arguments["reason"] == "a refresh token was used twice"


async def test_a_refresh_token_lasts_sixty_days_from_its_last_use() -> None:
    world = _World()
    client, issued = await world.tokens()
    world.wait(days=59)
    issued = await world.services.tokens.refresh(client, issued.refresh)
    world.wait(days=59)
    issued = await world.services.tokens.refresh(client, issued.refresh)
    world.wait(days=60)
    with pytest.raises(OAuthError, match="sign in again"):
        await world.services.tokens.refresh(client, issued.refresh)


async def test_no_token_outlives_the_end_that_the_person_chose() -> None:
    world = _World()
    client, issued = await world.tokens(ends_at=NOW + timedelta(minutes=20))
    assert issued.expires_in == 1200
    world.wait(minutes=20)
    with pytest.raises(OAuthError, match="not valid"):
        await world.services.tokens.refresh(client, issued.refresh)


async def test_a_token_of_another_client_is_neither_refreshed_nor_revoked() -> None:
    world = _World()
    client, issued = await world.tokens()
    other = OAuthClient("other", "registered", (BACK,))
    with pytest.raises(OAuthError, match="another client"):
        await world.services.tokens.refresh(other, issued.refresh)
    await world.services.tokens.revoke(other, issued.refresh)
    assert await world.services.tokens.refresh(client, issued.refresh)


async def test_the_log_says_who_granted_what_and_who_ended_it() -> None:
    world = _World()
    client, issued = await world.tokens(is_read_only=True)
    await world.services.tokens.revoke(client, issued.refresh)
    (_, _, granted), (_, _, ended) = world.changes.made
    assert [each[:2] for each in world.changes.made] == [
        (world.token.id, "oauth_grant.created"),
        ("oauth", "oauth_grant.deleted"),
    ]
    assert granted["scope"] == "vapi:read"
    assert ended == {
        "oauth_grant_id": granted["oauth_grant_id"],
        "client_id": URL,
        "reason": "its client revoked it",
    }
    assert (await world.store.list_oauth_grants(Window())).items == ()


async def test_a_document_is_read_again_after_five_minutes() -> None:
    world = _World()
    await world.services.clients.find(URL)
    world.wait(seconds=299)
    await world.services.clients.find(URL)
    assert len(world.documents.read_urls) == 1
    world.wait(seconds=1)
    world.documents.contents[URL] = {**DOCUMENT, "client_name": "Renamed"}
    assert (await world.services.clients.find(URL)).name == "Renamed"


async def test_a_document_that_is_away_is_believed_for_a_week() -> None:
    world = _World()
    known = await world.services.clients.find(URL)
    world.documents.is_down = True
    world.wait(days=7)
    assert await world.services.clients.find(URL) == known
    world.wait(seconds=1)
    with pytest.raises(OAuthError, match="cannot be used: its address answers 404"):
        await world.services.clients.find(URL)


@pytest.mark.parametrize(
    "document",
    [
        {**DOCUMENT, "client_id": "https://app.example/other"},
        {**DOCUMENT, "redirect_uris": ["https://evil.example/back"]},
        {**DOCUMENT, "redirect_uris": ["app://back"]},
        {**DOCUMENT, "redirect_uris": "https://app.example/back"},
        {"client_id": URL},
    ],
)
async def test_a_document_that_does_not_prove_its_redirects_is_refused(
    document: dict[str, Any],
) -> None:
    world = _World()
    world.documents.contents[URL] = document
    with pytest.raises(OAuthError, match="metadata document of this client cannot be used"):
        await world.services.clients.find(URL)


async def test_a_redirect_of_the_document_that_is_of_another_host_is_left_out() -> None:
    world = _World()
    others = ["https://evil.example/", "https://eu.app.example/back", "http://localhost/back"]
    world.documents.contents[URL] = {**DOCUMENT, "redirect_uris": [BACK, *others]}
    client = await world.services.clients.find(URL)
    assert client.redirect_uris == (BACK, others[1], others[2])


@pytest.mark.parametrize(
    "client_id",
    [
        "http://app.example/client.json",
        "https://app.example",
        "https://app.example/",
        "https://ann@app.example/client.json",
        "https://app.example/client.json#part",
        "https://app.example/../client.json",
        "https://app.example:port/client.json",
        f"https://app.example/{'x' * 500}",
    ],
)
async def test_an_address_that_cannot_be_a_clients_is_never_asked(client_id: str) -> None:
    world = _World()
    with pytest.raises(OAuthError, match="not registered"):
        await world.services.clients.find(client_id)
    assert world.documents.read_urls == []


async def test_a_full_register_gives_the_places_of_unused_clients_away() -> None:
    world = _World()
    metadata = {"redirect_uris": [BACK]}
    for _ in range(1000):
        await world.services.clients.register(metadata)
    with pytest.raises(OAuthError, match="too many clients"):
        await world.services.clients.register(metadata)
    world.wait(minutes=11)
    assert await world.services.clients.register(metadata)


async def test_a_client_with_one_redirect_need_not_name_it() -> None:
    world = _World()
    asked = {
        "client_id": [URL],
        "response_type": ["code"],
        "code_challenge": [pkce()[1]],
        "code_challenge_method": ["S256"],
        "resource": [RESOURCE, f"{RESOURCE}/"],
    }
    request, _ = await world.services.authorization.begin(asked, RESOURCE)
    assert (request.redirect_uri, request.resource) == (BACK, RESOURCE)
    with pytest.raises(UnsafeRequest):
        await world.services.authorization.begin({**asked, "redirect_uri": [f"{BACK}/"]}, RESOURCE)


async def test_a_server_that_was_deleted_meanwhile_cannot_be_granted() -> None:
    world = _World()
    client, _, _ = await world.code()
    guarded = await world.server()
    await world.store.delete_server(guarded.account_id, guarded.id)
    request = AuthorizationRequest(URL, BACK, pkce()[1], RESOURCE)
    with pytest.raises(OAuthError, match="not there"):
        await world.services.authorization.approve(request, client, world.token, Choice(guarded.id))

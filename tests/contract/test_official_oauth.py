"""The official Python client signs in by itself, and our metadata is what its models expect."""

from __future__ import annotations

import httpx
import httpx2
import pytest
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientMetadata,
    OAuthMetadata,
    ProtectedResourceMetadata,
)
from pydantic import AnyUrl

from tests.support.app import hosted, send
from tests.support.oauth import Documents, Person, guard
from tests.support.oauth_client import KeptTokens

BACK = "http://127.0.0.1:8765/callback"
DOCUMENT = "https://client.example/oauth/client.json"


@pytest.mark.parametrize("document", [None, DOCUMENT], ids=["registered", "document"])
async def test_the_official_client_signs_in_and_lists_the_tools(document: str | None) -> None:
    given = {"client_id": DOCUMENT, "client_name": "SDK", "redirect_uris": [BACK]}
    kept, answers = KeptTokens(), list[dict[str, str]]()
    async with hosted(documents=Documents(sdk=given)) as server:
        person = Person(await guard(server))

        async def open_page(url: str) -> None:
            async with httpx.AsyncClient(trust_env=False) as browser:
                answers.append(await person.allow(browser, url))

        async def called_back() -> AuthorizationCodeResult:
            found = answers[-1]
            return AuthorizationCodeResult(
                code=found["code"], state=found["state"], iss=found["iss"]
            )

        provider = OAuthClientProvider(
            f"{server.url}/mcp",
            OAuthClientMetadata(client_name="SDK", redirect_uris=[AnyUrl(BACK)]),
            kept,
            open_page,
            called_back,
            client_metadata_url=document,
        )
        async with (
            httpx2.AsyncClient(auth=provider, trust_env=False) as http,
            streamable_http_client(f"{server.url}/mcp", http_client=http) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            await session.initialize()
            listed = await session.list_tools()
    assert len(listed.tools) == 86
    assert kept.tokens is not None
    assert kept.tokens.refresh_token
    assert kept.info is not None
    assert (kept.info.client_id == DOCUMENT) is (document is not None)


async def test_the_models_of_the_sdk_read_our_metadata() -> None:
    async with hosted() as server:
        await guard(server)
        found = [
            (await send("GET", f"{server.url}/.well-known/{path}")).json()
            for path in (
                "oauth-protected-resource",
                "oauth-protected-resource/mcp",
                "oauth-authorization-server",
            )
        ]
    read = [
        ProtectedResourceMetadata(**found[0]).model_dump(mode="json", exclude_none=True),
        ProtectedResourceMetadata(**found[1]).model_dump(mode="json", exclude_none=True),
        OAuthMetadata(**found[2]).model_dump(mode="json", exclude_none=True),
    ]
    assert read == found

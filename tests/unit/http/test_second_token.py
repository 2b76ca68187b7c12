from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.app import ACCOUNT, Hosted, hosted, message, modern, post, send
from vapi_mcp.accounts.records import ApiToken, Server, ServerConfig
from vapi_mcp.errors import StoreError
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash

LIST = message("tools/list")
HELLO = message(
    "initialize",
    {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
)


async def guarded(server: Hosted) -> tuple[str, str]:
    """Add a guarded server and an API token; return both tokens."""
    token, api = new_token(), new_token(API_PREFIX)
    config = ServerConfig(require_api_token_auth=True)
    server.store.add(Server("guarded", "guarded", ACCOUNT.id, config=config), ACCOUNT, token)
    await server.store.add_api_token(ApiToken("api", "second"), token_hash(api))
    return token, api


@pytest.mark.parametrize("request_", [HELLO, LIST, message("ping"), modern("tools/list")])
async def test_guarded_server_answers_nothing_without_an_api_token(
    request_: dict[str, Any],
) -> None:
    async with hosted() as server:
        token, api = await guarded(server)
        url = f"{server.url}/mcp/{token}"
        refused = [
            await post(url, request_, extra=extra)
            for extra in (
                {},
                {"X-Api-Token": new_token(API_PREFIX)},
                {"Authorization": f"Bearer {token}"},
                {"Authorization": f"Basic {api}"},
            )
        ]
        passed = [
            await post(url, request_, extra=extra)
            for extra in ({"X-Api-Token": api}, {"Authorization": f"Bearer {api}"})
        ]
    assert {answer.status_code for answer in refused} == {401}
    assert all("API token" in answer.json()["error"]["message"] for answer in refused)
    assert all("resource_metadata" not in a.headers["www-authenticate"] for a in refused)
    assert {answer.status_code for answer in passed} == {200}


async def test_api_token_stands_apart_where_the_bearer_is_the_servers_own() -> None:
    async with hosted() as server:
        token, api = await guarded(server)
        own = {"Authorization": f"Bearer {token}"}
        alone = await post(f"{server.url}/mcp", LIST, extra=own)
        both = await post(f"{server.url}/mcp", LIST, extra={**own, "X-Api-Token": api})
        swapped = await post(
            f"{server.url}/mcp",
            LIST,
            extra={"Authorization": f"Bearer {api}", "X-Api-Token": token},
        )
    assert (alone.status_code, both.status_code, swapped.status_code) == (401, 200, 401)
    assert "API token" in alone.json()["error"]["message"]
    assert "API token" not in swapped.json()["error"]["message"]


async def test_open_server_ignores_an_authorization_header() -> None:
    async with hosted() as server:
        answer = await post(server.mcp_url, LIST, extra={"Authorization": "Bearer anything"})
    assert answer.status_code == 200


async def test_event_stream_of_a_guarded_server_asks_for_the_token_too() -> None:
    async with hosted() as server:
        token, _ = await guarded(server)
        stream = await send("GET", f"{server.url}/sse/{token}")
        sent = await post(f"{server.url}/messages/{token}/?session_id=1", LIST)
    assert (stream.status_code, sent.status_code) == (401, 401)


async def test_api_token_bound_to_another_tenant_does_not_open() -> None:
    async with hosted() as server:
        token, _ = await guarded(server)
        foreign = new_token(API_PREFIX)
        bound = replace(ApiToken("foreign", "foreign"), tenant_id="someone else")
        await server.store.add_api_token(bound, token_hash(foreign))
        answer = await post(f"{server.url}/mcp/{token}", LIST, extra={"X-Api-Token": foreign})
    assert answer.status_code == 401


async def test_store_that_does_not_answer_is_a_503_and_never_a_401(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def down(*_: object) -> None:
        raise StoreError

    async with hosted() as server:
        monkeypatch.setattr(server.store, "find_server", down)
        answers = [
            await post(server.mcp_url, LIST),
            await send("GET", server.sse_url),
            await post(f"{server.url}/messages/{server.token}/?session_id=1", LIST),
        ]
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"2"}
    assert all("database" in answer.json()["error"]["message"] for answer in answers)

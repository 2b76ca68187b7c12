"""What an access token opens at `/mcp`, and how tokens are issued, replaced and ended."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.support.app import ACCOUNT, Hosted, headers_of, hosted, message, modern, post, send
from tests.support.oauth import GUARDED, Person, guard, pkce
from tests.support.upstream import LiveUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.audit.entry import LogFilter

BACK = "http://localhost:1234/callback"
LIST = message("tools/list")


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client that has a code."""

    server: Hosted
    http: httpx.AsyncClient
    id: str
    verifier: str
    code: str

    async def token(self, **changes: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.id,
            "code": self.code,
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
            "resource": f"{self.server.url}/mcp",
            **changes,
        }
        given = {name: value for name, value in form.items() if value is not None}
        return await self.http.post(f"{self.server.url}/token", data=given)

    async def refresh(self, token: str) -> httpx.Response:
        form = {"code": None, "code_verifier": None, "redirect_uri": None}
        return await self.token(grant_type="refresh_token", refresh_token=token, **form)

    async def list(self, tokens: httpx.Response, query: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
        return await post(f"{self.server.url}/mcp{query}", LIST, extra=headers)


@asynccontextmanager
async def _client(
    choice: Mapping[str, str] | None = None,
    registration: Mapping[str, Any] | None = None,
    scope: str = "",
    **settings: Any,
) -> AsyncGenerator[Client]:
    async with hosted(**settings) as server, httpx.AsyncClient(trust_env=False) as http:
        person = Person(await guard(server), choice=choice or {})
        metadata = {"redirect_uris": [BACK], "client_name": "App", **(registration or {})}
        registered = await http.post(f"{server.url}/register", json=metadata)
        verifier, challenge = pkce()
        asked = {
            "response_type": "code",
            "client_id": registered.json()["client_id"],
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **({"scope": scope} if scope else {}),
        }
        answer = await person.allow(http, f"{server.url}/authorize?{urlencode(asked)}")
        yield Client(server, http, asked["client_id"], verifier, answer["code"])


def _shown(client: Mapping[str, str]) -> dict[str, str]:
    return {name: client[name] for name in ("client_id", "client_secret")}


async def _error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "nonsense"}, "invalid_grant"),
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"redirect_uri": "http://localhost/other"}, "invalid_grant"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": None}, "invalid_request"),
    ],
)
async def test_a_wrong_exchange_is_a_400_and_leaves_the_code_for_the_right_one(
    changes: dict[str, Any], error: str
) -> None:
    async with _client() as client:
        wrong = await client.token(**changes)
        right = await client.token()
    assert await _error(wrong) == (400, error)
    assert right.status_code == 200
    assert right.json()["scope"] == "vapi:read vapi:write"


async def test_an_unknown_client_is_a_401_so_that_it_registers_again() -> None:
    async with _client() as client:
        answer = await client.token(client_id="unknown")
    assert await _error(answer) == (401, "invalid_client")


async def test_a_code_that_comes_twice_ends_its_grant() -> None:
    async with _client() as client:
        tokens = await client.token()
        assert (await client.list(tokens)).status_code == 200
        again = await client.token()
        refreshed = await client.refresh(tokens.json()["refresh_token"])
        grants = await client.server.store.list_oauth_grants(Window())
    assert await _error(again) == (400, "invalid_grant")
    assert await _error(refreshed) == (400, "invalid_grant")
    assert grants.items == ()


async def test_a_refresh_whose_answer_was_lost_may_come_once_more_at_once() -> None:
    async with _client() as client:
        token = (await client.token()).json()["refresh_token"]
        first, second = await client.refresh(token), await client.refresh(token)
        listed = [await client.list(first), await client.list(second)]
    assert [first.status_code, second.status_code] == [200, 200]
    assert [each.status_code for each in listed] == [200, 200]


async def test_a_client_with_a_secret_shows_it_in_the_form_or_the_header() -> None:
    method = {"token_endpoint_auth_method": "client_secret_basic"}
    async with hosted() as server, httpx.AsyncClient(trust_env=False) as http:
        await guard(server)
        metadata = {"redirect_uris": [BACK], **method}
        client = (await http.post(f"{server.url}/register", json=metadata)).json()
        pair = f"{client['client_id']}:{client['client_secret']}"
        basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        form = {"grant_type": "refresh_token", "refresh_token": "none"}
        url = f"{server.url}/token"
        known = [
            await http.post(url, data=form, headers=basic),
            await http.post(url, data={**form, **_shown(client)}),
        ]
        unknown = [
            await http.post(url, data={**form, "client_id": client["client_id"]}),
            await http.post(url, data=form, headers={"Authorization": "Basic !"}),
        ]
    assert [await _error(each) for each in known] == [(400, "invalid_grant")] * 2
    assert [await _error(each) for each in unknown] == [(401, "invalid_client")] * 2


async def test_a_read_only_grant_sees_tools_that_read_whatever_the_query_asks() -> None:
    async with _client({"read_only": "yes"}) as client:
        tokens = await client.token()
        listed = [await client.list(tokens, query) for query in ("", "?methods=read,write")]
        nothing = await client.list(tokens, "?methods=write")
    names = [[tool["name"] for tool in each.json()["result"]["tools"]] for each in listed]
    assert tokens.json()["scope"] == "vapi:read"
    assert names[0] == names[1]
    assert all(name.startswith(("list_", "get_")) for name in names[0])
    assert nothing.status_code == 400


@pytest.mark.parametrize("is_fast", [True, False], ids=["fast lane", "SDK's lane"])
async def test_a_read_only_grant_knows_no_tool_that_writes_and_opens_no_page(
    *, is_fast: bool
) -> None:
    called = message("tools/call", {"name": "create_a_vapi_call", "arguments": {}})
    async with _client({"read_only": "yes"}, is_fast=is_fast) as client:
        tokens = await client.token()
        bearer = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
        answer = await post(f"{client.server.url}/mcp", called, extra=bearer)
    assert (answer.status_code, answer.json()["error"]["code"]) == (200, -32602)
    assert "there is no tool named 'create_a_vapi_call'" in answer.json()["error"]["message"]
    assert "www-authenticate" not in answer.headers


async def test_a_client_that_asks_to_read_gets_no_more() -> None:
    async with _client(scope="vapi:read") as client:
        tokens = await client.token()
    assert tokens.json()["scope"] == "vapi:read"


async def test_a_grant_has_no_more_than_its_server_has_now() -> None:
    async with _client() as client:
        tokens = await client.token()
        config = ServerConfig(tools=("list_all_vapi_calls",), require_api_token_auth=True)
        await client.server.store.update_server(
            ACCOUNT.id, GUARDED.id, lambda kept: replace(kept, config=config)
        )
        listed = await client.list(tokens)
    assert [t["name"] for t in listed.json()["result"]["tools"]] == ["list_all_vapi_calls"]


async def test_tokens_end_with_the_day_that_the_person_chose() -> None:
    async with _client({"ends_on": "2999-01-31"}) as client:
        tokens = await client.token()
        (grant,) = (await client.server.store.list_oauth_grants(Window())).items
    assert tokens.json()["expires_in"] == 3600
    assert grant.ends_at is not None
    assert grant.ends_at.isoformat() == "2999-02-01T00:00:00+00:00"


async def test_the_log_says_which_grant_and_client_called() -> None:
    async with _client() as client:
        await client.list(await client.token())
        (grant,) = (await client.server.store.list_oauth_grants(Window())).items
    # The audit log is complete once the server has ended, and so are moments of last use.
    kept = await client.server.store.get_oauth_grant(grant.id)
    assert kept is not None
    assert kept.last_used_at is not None
    rows = (await client.server.store.list_entries(LogFilter(), Window())).items
    by_type = {row.log_type: row for row in rows}
    assert by_type["mcp"].token_id == grant.id
    assert by_type["mcp"].token_name == "OAuth: localhost"
    assert by_type["admin"].action == "oauth_grant.created"
    assert by_type["admin"].arguments == {
        "oauth_grant_id": grant.id,
        "client_id": client.id,
        "client_host": "localhost",
        "scope": "vapi:read vapi:write",
    }


@pytest.mark.parametrize("is_fast", [True, False])
async def test_both_lanes_take_an_access_token(is_fast: bool) -> None:
    async with _client(is_fast=is_fast) as client:
        headers = {"Authorization": f"Bearer {(await client.token()).json()['access_token']}"}
        url = f"{client.server.url}/mcp"
        answers = [await post(url, each, extra=headers) for each in (LIST, modern("tools/list"))]
    assert [each.status_code for each in answers] == [200, 200]


async def test_an_access_token_opens_no_secret_url_and_no_admin_api() -> None:
    async with _client() as client:
        token = (await client.token()).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answers = [
            await post(f"{client.server.url}/mcp/{token}", LIST),
            await send("GET", f"{client.server.url}/integrated-account", headers=headers),
        ]
    assert [each.status_code for each in answers] == [401, 401]


async def test_a_revoked_access_token_is_dead_and_its_grant_goes_on() -> None:
    async with _client() as client:
        tokens = await client.token()
        form = {"client_id": client.id, "token": tokens.json()["access_token"]}
        done = await client.http.post(f"{client.server.url}/revoke", data=form)
        unknown = await client.http.post(
            f"{client.server.url}/revoke", data={**form, "token": "nothing"}
        )
        async with asyncio.timeout(5):
            while (await client.list(tokens)).status_code == 200:
                continue
        refreshed = await client.refresh(tokens.json()["refresh_token"])
    assert [done.status_code, unknown.status_code] == [200, 200]
    assert refreshed.status_code == 200


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example/back"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://a@app.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [BACK] * 21}, "invalid_redirect_uri"),
        (
            {"redirect_uris": [BACK], "token_endpoint_auth_method": "private_key_jwt"},
            "invalid_client_metadata",
        ),
        ([], "invalid_client_metadata"),
    ],
)
async def test_a_registration_that_cannot_be_kept_is_a_400(metadata: Any, error: str) -> None:
    async with hosted() as server, httpx.AsyncClient(trust_env=False) as http:
        await guard(server)
        answer = await http.post(f"{server.url}/register", json=metadata)
    assert await _error(answer) == (400, error)


async def test_registrations_are_limited_by_rate(http: httpx.AsyncClient) -> None:
    async with hosted() as server:
        await guard(server)
        answers = [
            await http.post(f"{server.url}/register", json={"redirect_uris": [BACK]})
            for _ in range(21)
        ]
    assert [each.status_code for each in answers] == [201] * 20 + [429]
    assert answers[-1].headers["retry-after"] == "60"


async def test_a_body_that_is_no_form_or_too_large_is_refused(http: httpx.AsyncClient) -> None:
    async with hosted() as server:
        await guard(server)
        url = f"{server.url}/token"
        answers = [
            await http.post(url, json={}),
            await http.post(url, data={"code": "x" * 70_000}),
            await http.post(url, data={"client_id": ["a", "b"]}),
        ]
    assert [each.status_code for each in answers] == [415, 413, 400]


@pytest.mark.parametrize("build", [message, modern])
async def test_a_revoked_grant_closes_its_streams_within_a_second(build: Any) -> None:
    upstream = LiveUpstream()
    upstream.say(b'data: {"id": "c", "path": "chat.output[0].content", "delta": "Hel"}\n\n')
    arguments = {"assistantId": "a1", "input": "hello", "stream": True}
    params = {"name": "create_a_vapi_chat", "arguments": arguments}
    request = build("tools/call", {**params, "_meta": {"progressToken": "p"}})
    async with _client(upstream=upstream) as client, asyncio.timeout(10):
        tokens = (await client.token()).json()
        headers = {**headers_of(request), "Authorization": f"Bearer {tokens['access_token']}"}
        async with client.http.stream(
            "POST", f"{client.server.url}/mcp", json=request, headers=headers
        ) as answer:
            assert b"Hel" in await anext(answer.aiter_bytes())
            form = {"client_id": client.id, "token": tokens["refresh_token"]}
            async with httpx.AsyncClient(trust_env=False) as other:
                await other.post(f"{client.server.url}/revoke", data=form)
            async with asyncio.timeout(1):
                await upstream.cancelled.wait()


async def test_every_replica_takes_what_another_one_issued_and_ended() -> None:
    async with _client() as client, hosted(beside=client.server) as other:
        elsewhere = replace(client, server=other)
        tokens = await elsewhere.token()
        listed = [await client.list(tokens), await elsewhere.list(tokens)]
        (grant,) = (await client.server.store.list_oauth_grants(Window())).items
        await client.server.store.delete_oauth_grant(grant.id)
        async with asyncio.timeout(5):
            for each in (client, elsewhere):
                while (await each.list(tokens)).status_code == 200:
                    continue
        refreshed = await elsewhere.refresh(tokens.json()["refresh_token"])
    assert [each.status_code for each in listed] == [200, 200]
    assert await _error(refreshed) == (400, "invalid_grant")


async def test_requests_at_once_ask_the_store_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()
    async with _client() as client:
        tokens, find = await client.token(), client.server.store.find_oauth_access

        async def counted(digest: str, now: datetime) -> Any:
            asked.append(digest)
            await asyncio.sleep(0)
            return await find(digest, now)

        monkeypatch.setattr(client.server.store, "find_oauth_access", counted)
        answers = await asyncio.gather(*(client.list(tokens) for _ in range(8)))
    assert {each.status_code for each in answers} == {200}
    assert len(asked) < len(answers)

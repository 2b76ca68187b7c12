"""Two tenants of one installation: no token, session or cursor of one opens anything of the other.

What their administrators reach by ids is in `tests/unit/http/admin_api/test_tenants.py`,
operation by operation.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from starlette.routing import Route

from tests.support.admin_api import made
from tests.support.app import message, post
from tests.support.e2e.installation import (
    Installation,
    Json,
    called,
    error_of,
    installed,
    new_account,
    new_server,
    text_of,
)
from tests.support.e2e.stack import ORG
from tests.support.event_streams import INITIALIZE, open_stream
from tests.support.stores import Database, ring_of
from vapi_mcp.accounts.records import Account, Grant, Server
from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.invocation.artifacts.links import PURPOSE, MediaLinks
from vapi_mcp.sandbox.faults.injection import MAGIC_PREFIX
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.signing import Signer

LIST = message("tools/list")
ASSISTANTS, ASSISTANT = "list_all_vapi_assistants", "get_single_vapi_assistant_by_id"


@dataclass(frozen=True, slots=True)
class Tenant:
    """What one tenant has: an account, a server anybody may use, one that asks for its tokens."""

    name: str
    account: str
    server: Json
    guarded: Json
    admin_token: str
    api_tokens: tuple[str, ...]

    @property
    def secrets(self) -> list[str]:
        return [self.server["token"], self.guarded["token"], self.admin_token, *self.api_tokens]


@asynccontextmanager
async def two_tenants(
    database: Database,
) -> AsyncGenerator[tuple[Installation, Tenant, Tenant]]:
    """Yield an installation where both tenants gave the same key: only they are different."""
    async with installed(database) as place:
        yield place, await _tenant(place, "ours"), await _tenant(place, "theirs")


async def _tenant(place: Installation, name: str) -> Tenant:
    admin = await made(place.admin, "/api-token", name=name, kind="admin", tenant_id=name)
    async with place.administrator(admin["token"]) as own:
        account = await new_account(own, name, api_key="sandbox-of-both")
        server = await new_server(own, account, name=f"open {name}")
        guarded = await new_server(own, account, {"require_api_token_auth": True})
        bound_to = {"integrated_account_id": guarded["integrated_account_id"]}
        narrow = {**bound_to, "mcp_server_id": guarded["id"]}
        tokens = [
            (await made(own, "/api-token", name=name, kind="mcp", **bound))["token"]
            for bound in ({}, bound_to, narrow)
        ]
    return Tenant(name, account, server, guarded, admin["token"], tuple(tokens))


Ask = Callable[[str], Awaitable[httpx.Response]]


def _mcp(place: Installation, tenant: Tenant) -> Ask:
    url = place.mcp_url(tenant.guarded)
    return lambda token: post(url, LIST, extra={"Authorization": f"Bearer {token}"})


def _alias_of_mcp(place: Installation, tenant: Tenant) -> Ask:
    url = f"{place.mcp_url(tenant.guarded)}/mcp"
    return lambda token: post(url, LIST, extra={"Authorization": f"Bearer {token}"})


def _bare_mcp(place: Installation, tenant: Tenant) -> Ask:
    own = {"Authorization": f"Bearer {tenant.guarded['token']}"}
    return lambda token: post(f"{place.url}/mcp", LIST, extra={**own, "X-Api-Token": token})


def _sse(place: Installation, tenant: Tenant) -> Ask:
    return _streamed(f"{place.url}/sse/{tenant.guarded['token']}")


def _alias_of_sse(place: Installation, tenant: Tenant) -> Ask:
    return _streamed(f"{place.mcp_url(tenant.guarded)}/sse")


def _streamed(url: str) -> Ask:
    async def ask(token: str) -> httpx.Response:
        async with (
            httpx.AsyncClient(trust_env=False) as client,
            client.stream("GET", url, headers={"X-Api-Token": token}) as response,
        ):
            return response

    return ask


def _messages(place: Installation, tenant: Tenant) -> Ask:
    url = f"{place.url}/messages/{tenant.guarded['token']}/?session_id={'0' * 32}"
    return lambda token: post(url, LIST, extra={"X-Api-Token": token})


# Where a request uses a server; what the right token gets there (no such session is a 404).
WAYS: dict[str, tuple[Callable[[Installation, Tenant], Ask], int]] = {
    "/mcp/{token}": (_mcp, 200),
    "/mcp/{token}/mcp": (_alias_of_mcp, 200),
    "/mcp/{token}/sse": (_alias_of_sse, 200),
    "/mcp": (_bare_mcp, 200),
    "/sse/{token}": (_sse, 200),
    "/messages/{token}": (_messages, 404),
}
# What needs no token but its own address, which holds what was signed for one server.
LINKS = {"/media/{signed}"}
# What everybody may see holds nothing of anybody.
METADATA = {
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-authorization-server",
}
PUBLIC = {"/tools", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", *METADATA}
# A person chooses among the servers of their own token: tests/unit/http/oauth has the tests.
SIGN_IN = {"/authorize", "/register", "/token", "/revoke"}
# Its pages are an administrator's: tests/unit/console has the tests of its tenants.
CONSOLE = {"/console", "/console/{rest:path}"}


async def test_every_route_is_a_servers_an_administrators_or_shows_nothing_of_a_tenant(
    database: Database,
) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        text_of(await called(place.mcp_url(ours.server), ASSISTANT, {"id": ORG}))
        routes = {route.path.rstrip("/") for route in place.app.routes if isinstance(route, Route)}
        shown = [await place.admin.get(path, headers={"Authorization": ""}) for path in PUBLIC]
    assert len(routes) > len(WAYS) + len(LINKS) + len(PUBLIC)
    roots = {operation.path.split("/")[1] for operation in OPERATIONS}
    administrators = {path for path in routes if path.split("/")[1] in roots}
    assert routes - administrators == WAYS.keys() | LINKS | PUBLIC | SIGN_IN | CONSOLE
    assert {answer.status_code for answer in shown} == {200}
    text = "".join(answer.text for answer in shown)
    for tenant in (ours, theirs):
        account = tenant.account.rpartition("/")[2]
        kept = [account, tenant.name, tenant.server["id"], tenant.guarded["id"], *tenant.secrets]
        assert [word for word in kept if word in text.split('"')] == []
        assert [word for word in (account, *tenant.secrets) if word in text] == []


async def test_link_that_pairs_one_tenants_account_with_the_others_server_opens_nothing(
    database: Database,
) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        links = MediaLinks(Signer(ring_of(database.key), PURPOSE), lifetime=timedelta(hours=1))
        paired = Grant(
            Account(ours.account.rpartition("/")[2], "", Credential(""), ""),
            Server(theirs.server["id"], "", ""),
        )
        link, _ = links.issue(
            paired,
            place.url,
            tool_name="list_all_vapi_mono_recordings",
            call_id=ORG,
            media_type="audio/wav",
        )
        before = list(place.vapi.requests)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(link)
        assert answer.status_code == 404
        assert place.vapi.requests == before


async def test_tokens_of_one_tenant_do_not_open_a_guarded_server_of_the_other(
    database: Database,
) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        for way, opened in WAYS.values():
            for tenant, other in ((ours, theirs), (theirs, ours)):
                ask = way(place, tenant)
                own = [await ask(token) for token in (tenant.admin_token, *tenant.api_tokens)]
                foreign = [await ask(token) for token in other.secrets]
                assert {answer.status_code for answer in own} == {opened}, way
                assert {answer.status_code for answer in foreign} == {401}, way


async def test_cursor_of_one_account_opens_no_list_of_the_other(database: Database) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        own, other = place.mcp_url(ours.server), place.mcp_url(theirs.server)
        text_of(await called(own, "create_a_vapi_assistant", {"name": "Eva"}))
        cursor = text_of(await called(own, ASSISTANTS, {"limit": 1}))["next_cursor"]
        asked = len(place.vapi.requests)
        refused = error_of(await called(other, ASSISTANTS, {"next_cursor": cursor}))
        assert len(place.vapi.requests) == asked
        rest = text_of(await called(own, ASSISTANTS, {"next_cursor": cursor}))
    assert (refused["statusCode"], rest["result_count"]) == (400, 1)
    assert "next_cursor" in refused["message"]


async def test_session_of_one_stream_takes_no_message_at_the_url_of_the_other(
    database: Database,
) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        async with (
            open_stream(place.url, theirs.server["token"], seconds=20) as stream,
            open_stream(place.url, ours.server["token"], seconds=20) as own,
        ):
            session = stream.path.partition("?")[2]
            stolen = f"{place.url}/messages/{ours.server['token']}/?{session}"
            refused = await post(stolen, INITIALIZE)
            # The first thing either hears is the answer to its own question.
            assert (await stream.ask({**INITIALIZE, "id": "theirs"}))["id"] == "theirs"
            assert (await own.ask({**INITIALIZE, "id": "ours"}))["id"] == "ours"
    assert refused.status_code == 404


async def test_name_of_one_tenants_client_is_read_at_no_server_of_the_other(
    database: Database,
) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        hello = await post(place.mcp_url(ours.server), INITIALIZE)
        session = {"Mcp-Session-Id": hello.headers["mcp-session-id"], "User-Agent": "mine/3"}
        for tenant in (ours, theirs):
            await post(place.mcp_url(tenant.server), LIST, extra=session)
        rows = [await _rows(place, tenant, "tools/list") for tenant in (ours, theirs)]
    assert [[row["client_name"] for row in found] for found in rows] == [["test"], ["mine"]]


async def test_log_shows_a_tenant_the_requests_to_its_own_servers(database: Database) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        for tenant in (ours, theirs):
            text_of(await called(place.mcp_url(tenant.server), ASSISTANT, {"id": ORG}))
        for tenant, other in ((ours, theirs), (theirs, ours)):
            [row] = await _rows(place, tenant, "tools/call")
            assert (row["tenant_id"], row["mcp_server_id"]) == (tenant.name, tenant.server["id"])
            async with place.administrator(tenant.admin_token) as admin:
                for path in ("/log", "/log/export"):
                    everything = await admin.get(path)
                    assert row["id"] in everything.text
                    assert other.server["id"] not in everything.text
                    about = {"mcp_server_id": other.server["id"]}
                    assert other.server["id"] not in (await admin.get(path, params=about)).text


async def _rows(place: Installation, tenant: Tenant, method: str) -> list[dict[str, Any]]:
    """Return a tenant's rows of one MCP method, as it sees them, once there are any."""
    async with place.administrator(tenant.admin_token) as admin, asyncio.timeout(30):
        while True:
            answer = await admin.get("/log", params={"log_type": "mcp", "mcp_method": method})
            if found := answer.json()["result"]:
                return found


async def test_key_that_vapi_refuses_one_tenant_says_nothing_of_the_other(
    database: Database,
) -> None:
    refused = {"id": f"{MAGIC_PREFIX}0401"}
    async with two_tenants(database) as (place, ours, theirs):

        async def statuses() -> list[str]:
            found = [(await place.admin.get(t.account)).json() for t in (ours, theirs)]
            return [account["status"] for account in found]

        url = place.mcp_url(ours.server)
        assert error_of(await called(url, ASSISTANT, refused))["statusCode"] == 401
        after_refusal = await statuses()
        text_of(await called(place.mcp_url(theirs.server), ASSISTANT, {"id": ORG}))
        after_theirs = await statuses()
        text_of(await called(url, ASSISTANT, {"id": ORG}))
        after_ours = await statuses()
    assert after_refusal == after_theirs == ["needs_reauth", "active"]
    assert after_ours == ["active", "active"]


async def test_account_that_is_deleted_takes_nothing_of_the_other_tenant_with_it(
    database: Database,
) -> None:
    async with two_tenants(database) as (place, ours, theirs):
        async with place.administrator(ours.admin_token) as admin:
            assert (await admin.delete(ours.account)).status_code == 204
        gone = [await post(place.mcp_url(s), LIST) for s in (ours.server, ours.guarded)]
        ask = _mcp(place, theirs)
        kept = [await ask(token) for token in (theirs.admin_token, *theirs.api_tokens)]
        kept.append(await post(place.mcp_url(theirs.server), LIST))
    assert {answer.status_code for answer in gone} == {401}
    assert {answer.status_code for answer in kept} == {200}

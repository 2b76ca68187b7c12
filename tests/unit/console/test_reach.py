"""Whom each page of the console lets in, and what it shows and changes for them."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.app import Hosted, hosted
from tests.support.console import Browser, api_token, browser_at, signed_in
from tests.unit.store.test_object_changes import change
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.accounts.sessions import ConsoleSession
from vapi_mcp.admin.access.api_tokens import READ_ONLY
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.console.app import PAGES
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.tokens import SESSION_PREFIX, new_token, token_hash

READ, WRITE = "get_single_vapi_assistant_by_id", "create_a_vapi_assistant"
BLUE = {
    "account": "blue-account",
    "server": "blue-server",
    "call": "blue-call",
    "change": "vapi-change-blue",
    "entry": "blue-entry",
    "grant": "blue-grant",
    "token": "blue-token",
    "session": "blue-session",
    "tool": READ,
}
# Whatever a form of the console may say, of the other tenant.
FORM = {
    "account": "blue-account",
    "tenant_id": "blue",
    "server": "blue-account/blue-server",
    "integrated_account_id": "blue-account",
    "mcp_server_id": "blue-server",
    "kind": "admin",
    "name": "mine",
    "api_key": "key-of-vapi",
    "arguments": '{"id": "a-1"}',
    "run": "real",
    "expires": "never",
}
GETS = [path for path, page in PAGES.items() if page.get]
POSTS = [path for path, page in PAGES.items() if page.post]
CHANGES = [path for path, page in PAGES.items() if page.post and page.changes]
QUERY = "?integrated_account_id=blue-account&account=blue-account&tenant_id=blue"


def path_of(path: str, ids: Mapping[str, str] = BLUE) -> str:
    return re.sub(r"{(\w+)}", lambda part: ids[part[1]], path)


@dataclass(frozen=True, slots=True)
class Tenants:
    """A server with records of a tenant `blue`, and a browser of somebody else."""

    server: Hosted
    browser: Browser

    async def of_blue(self) -> list[Any]:
        """Return all that the tenant has."""
        store = self.server.store
        return [
            (await store.list_accounts(Window(), tenant_id="blue")).items,
            (await store.list_all_servers(Window(), utc_now(), tenant_id="blue")).items,
            (await store.list_api_tokens(Window(), tenant_id="blue")).items,
            [
                replace(each, last_used_at=each.created_at)
                for each in await store.list_sessions(utc_now(), tenant_id="blue")
            ],
            (await store.list_entries(LogFilter(tenant_id="blue"), Window())).items,
            (await store.list_changes(ChangeFilter(tenant_id="blue"), Window())).items,
        ]

    @property
    def asked_of_vapi(self) -> list[str]:
        """Whose key was used."""
        return [account.id for _, account in self.server.upstream.requests]


def blue_change() -> ObjectChange:
    now = utc_now()
    return change(
        "blue",
        created_at=now,
        expires_at=now + timedelta(days=1),
        tenant_id="blue",
        account_id="blue-account",
        server_id="blue-server",
        before={"name": "blue's assistant"},
    )


@asynccontextmanager
async def beside_blue(**token: Any) -> AsyncGenerator[Tenants]:
    """Yield tenants, with a browser that signed in with such a token."""
    async with hosted() as server:
        store = server.store
        key = Credential("sandbox-key")
        blue = Account("blue-account", "blue's", key, "http://vapi.invalid", tenant_id="blue")
        red = Account("red-account", "red's", key, "http://vapi.invalid", tenant_id="red")
        store.add(Server("blue-server", "blue's", "blue-account"), blue, new_token())
        store.add(Server("red-server", "red's", "red-account"), red, new_token())
        entry = LogEntry(
            id="blue-entry",
            log_type="mcp",
            status=200,
            tenant_id="blue",
            account_id="blue-account",
            server_id="blue-server",
            client_name="blue's client",
        )
        await store.add_entries([entry])
        await store.add_change(blue_change())
        async with browser_at(server.url) as other:
            await other.sign_in(await api_token(server, name="blue's token", tenant_id="blue"))
        async with signed_in(server, **token) as (_, browser):
            yield Tenants(server, browser)


async def expired_session(tenants: Tenants) -> str:
    """Return the secret of a session that ends now."""
    secret, now, store = new_token(SESSION_PREFIX), utc_now(), tenants.server.store
    [token] = [t for t in (await store.list_api_tokens(Window())).items if t.name == "Ada"]
    session = ConsoleSession("over", token, "", now - timedelta(hours=12), now, now)
    await store.add_session(session, token_hash(secret))
    return secret


async def blue_ids(tenants: Tenants) -> Mapping[str, str]:
    """Return the ids of what the tenant has."""
    _, _, tokens, sessions, *_ = await tenants.of_blue()
    return {**BLUE, "token": tokens[0].id, "session": sessions[0].id}


async def test_no_page_shows_anything_of_another_tenant() -> None:
    async with beside_blue(tenant_id="red") as tenants:
        ids = await blue_ids(tenants)
        for path in GETS:
            for query in ("", QUERY):
                answer = await tenants.browser.client.get(f"/console{path_of(path, ids)}{query}")
                assert answer.status_code in (200, 303, 400, 404), (path, answer.text)
                shown = re.sub(r"blue-account|\bblue\b(?!')", "", answer.text)
                assert "blue" not in shown, path
                is_of_one = bool(set(re.findall(r"{(\w+)}", path)) - {"tool"})
                assert is_of_one <= (answer.status_code == 404), path
        assert tenants.asked_of_vapi.count("blue-account") == 0


async def test_the_tenant_itself_sees_what_is_its_own() -> None:
    async with beside_blue(tenant_id="blue") as tenants:
        ids = await blue_ids(tenants)
        for path in GETS:
            names = set(re.findall(r"{(\w+)}", path))
            if not names or names & {"call", "tool"}:
                continue
            answer = await tenants.browser.client.get(f"/console{path_of(path, ids)}")
            assert answer.status_code in (200, 400), path


async def test_no_form_changes_anything_of_another_tenant() -> None:
    async with beside_blue(tenant_id="red") as tenants:
        ids, before = await blue_ids(tenants), await tenants.of_blue()
        for path in POSTS:
            if path == "/sign-out":
                continue
            answer = await tenants.browser.send(path_of(path, ids), FORM)
            assert answer.status_code in (200, 303, 400, 403, 404), (path, answer.text)
            assert (answer.status_code in (200, 303)) <= (path == "/servers/preview"), path
        assert await tenants.of_blue() == before
        assert tenants.asked_of_vapi == []


async def test_who_may_only_read_changes_nothing() -> None:
    async with beside_blue(read_only=True) as tenants:
        ids, before = await blue_ids(tenants), await tenants.of_blue()
        for path in CHANGES:
            answer = await tenants.browser.send(path_of(path, ids), FORM)
            assert (answer.status_code, READ_ONLY in answer.text) == (403, True), path
        page = await tenants.browser.send(f"/tools/{WRITE}", FORM)
        assert (page.status_code, "it cannot run a tool that writes" in page.text) == (400, True)
        assert (await tenants.of_blue(), tenants.asked_of_vapi) == (before, [])


@pytest.mark.parametrize("end", ["no cookie", "deleted token", "expired session"])
async def test_without_a_session_no_page_answers(end: str) -> None:
    async with beside_blue() as tenants:
        client, store = tenants.browser.client, tenants.server.store
        if end != "deleted token":
            client.cookies.clear()
        if end == "deleted token":
            [token] = [t for t in (await store.list_api_tokens(Window())).items if t.name == "Ada"]
            await store.delete_api_token(token.id)
        if end == "expired session":
            client.cookies.set("vapi_mcp", await expired_session(tenants))
        before = await tenants.of_blue()
        for path in GETS:
            answer = await client.get(f"/console{path_of(path)}")
            location = answer.headers.get("location", "")
            assert answer.status_code == 303, path
            assert re.match(r"/console/sign-in(\?|$)", location), path
            part = await client.get(f"/console{path_of(path)}", headers={"X-Fragment": "1"})
            assert part.status_code == 401, path
            head = await client.head(f"/console{path_of(path)}")
            assert (head.status_code, head.headers["location"]) == (303, location), path
        for path in POSTS:
            answer = await client.post(f"/console{path_of(path)}", data=FORM)
            assert answer.status_code == 401, path
        assert (await tenants.of_blue(), tenants.asked_of_vapi) == (before, [])


async def test_a_form_that_no_page_of_the_session_sent_changes_nothing() -> None:
    async with beside_blue() as tenants:
        ids, before = await blue_ids(tenants), await tenants.of_blue()
        for path in POSTS:
            send = tenants.browser.send
            for given in ("", "0" * 64, "é", "\ud7ff"):
                answer = await send(path_of(path, ids), {**FORM, "form_token": given})
                assert answer.status_code == 403, path
            for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
                answer = await send(path_of(path, ids), FORM, headers)
                assert answer.status_code == 403, path
        assert (await tenants.of_blue(), tenants.asked_of_vapi) == (before, [])


async def test_other_methods_are_refused_with_those_that_are_allowed() -> None:
    async with beside_blue() as tenants:
        for path, page in PAGES.items():
            answer = await tenants.browser.client.put(f"/console{path_of(path)}")
            allowed = ", ".join(page.methods)
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed), path


@pytest.mark.parametrize(("tenant", "is_told"), [(None, True), ("red", False)])
async def test_the_rate_limit_of_all_accounts_is_not_told_to_a_tenant(
    monkeypatch: pytest.MonkeyPatch, tenant: str | None, *, is_told: bool
) -> None:
    monkeypatch.setattr(Metrics, "scarcest", 7)
    async with beside_blue(tenant_id=tenant) as tenants:
        page = await tenants.browser.get("/health")
        assert ("<b>7</b> requests left" in page.text) is is_told

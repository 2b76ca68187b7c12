"""API tokens, sessions and keys in the console."""

from __future__ import annotations

import re

from tests.support.app import ACCOUNT, hosted
from tests.support.console import api_token, browser_at, signed_in
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ServerConfig

GUARDED = ServerConfig(require_api_token_auth=True)


async def test_a_new_token_is_shown_once_and_opens_the_console() -> None:
    async with signed_in() as (server, browser):
        made = await browser.send("/access/tokens/new", {"name": "Grace", "kind": "admin"})
        assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
        [secret] = set(re.findall(r"vma_\w+", made.text))
        assert secret not in (await browser.get("/access")).text
        async with browser_at(server.url) as other:
            assert (await other.sign_in(secret)).status_code == 303


async def test_a_wrong_token_is_not_made_and_the_form_keeps_what_was_typed() -> None:
    async with signed_in() as (server, browser):
        form = {"name": "Grace", "kind": "mcp", "read_only": "yes"}
        answer = await browser.send("/access/tokens/new", form)
        assert answer.status_code == 400
        assert "only a token of kind admin can be read-only" in answer.text
        assert 'value="Grace"' in answer.text
        assert len((await server.store.list_api_tokens(Window())).items) == 1


async def test_a_page_shows_which_servers_a_token_opens() -> None:
    async with hosted() as server, signed_in(server) as (_, browser):
        server.add_server(config=GUARDED)
        await api_token(server, name="second", kind="mcp", account_id=ACCOUNT.id)
        tokens = (await server.store.list_api_tokens(Window())).items
        [second] = [each for each in tokens if each.name == "second"]
        page = (await browser.get(f"/access/tokens/{second.id}")).text
        assert "asks for a token" in page
        assert "/servers/account-1/server-1" in page
        assert "/servers/account-1/server-0" not in page


async def test_a_token_is_deleted_but_not_one_s_own() -> None:
    async with signed_in() as (server, browser):
        await api_token(server, name="second")
        tokens = {t.name: t.id for t in (await server.store.list_api_tokens(Window())).items}
        gone = await browser.send(f"/access/tokens/{tokens['second']}/delete")
        assert gone.headers["location"] == "/console/access?done=token-deleted"
        own = await browser.send(f"/access/tokens/{tokens['Ada']}/delete")
        assert (own.status_code, "cannot delete itself" in own.text) == (409, True)
        assert "no API token with this id" in (await browser.get("/access/tokens/none")).text


async def test_a_session_of_another_person_can_be_ended() -> None:
    async with hosted() as server, signed_in(server) as (_, browser):
        async with signed_in(server, name="Grace") as (_, other):
            sessions = await server.store.list_sessions(utc_now())
            [theirs] = [each for each in sessions if each.api_token.name == "Grace"]
            assert (await browser.send(f"/access/sessions/{theirs.id}/end")).status_code == 303
            assert (await other.get()).status_code == 303
        assert (await browser.get()).status_code == 200


async def test_a_read_only_person_sees_all_and_changes_nothing() -> None:
    async with signed_in(read_only=True) as (server, browser):
        page = (await browser.get("/access")).text
        assert "Create an API token" not in page
        answer = await browser.send("/access/tokens/new", {"name": "x", "kind": "mcp"})
        assert (answer.status_code, "read-only" in answer.text) == (403, True)
        assert len((await server.store.list_api_tokens(Window())).items) == 1
        assert (await browser.send("/sign-out")).status_code == 303


async def test_a_tenant_s_person_sees_the_tenant_s_tokens_and_sessions_only() -> None:
    async with hosted() as server, signed_in(server, name="Everyone's") as (_, everyones):
        async with signed_in(server, name="Ours", tenant_id="acme") as (_, ours):
            page = (await ours.get("/access")).text
            assert "Ours" in page
            assert "Everyone&#39;s" not in page
            assert "Rotate the key" not in page
            assert "Everyone&#39;s" in (await everyones.get("/access")).text
            [other] = [
                each
                for each in await server.store.list_sessions(utc_now())
                if each.api_token.tenant_id is None
            ]
            assert (await ours.send(f"/access/sessions/{other.id}/end")).status_code == 404


async def test_the_health_page_names_changed_settings_without_their_secrets() -> None:
    secret = "a-secret-token-of-at-least-32-characters"
    async with (
        hosted(bootstrap_api_token=secret, drain_delay=3.0) as server,
        signed_in(server) as (_, browser),
    ):
        page = (await browser.get("/health")).text
        assert "VAPI_MCP_DRAIN_DELAY" in page
        assert "VAPI_MCP_BOOTSTRAP_API_TOKEN" in page
        assert secret not in page
        assert "137 operations" in page
        async with signed_in(server, tenant_id="acme") as (_, ours):
            assert "VAPI_MCP_DRAIN_DELAY" not in (await ours.get("/health")).text


async def test_a_list_goes_on_where_its_page_ends() -> None:
    async with signed_in() as (server, browser):
        for number in range(60):
            await api_token(server, name=f"token {number}")
        first = (await browser.get("/access")).text
        [link] = re.findall(r'href="(\?after=[^"]+)" rel="next"', first)
        second = (await browser.client.get(f"/console/access{link}")).text
        shown = re.findall(r">token (\d+)<", first) + re.findall(r">token (\d+)<", second)
        assert sorted(map(int, shown)) == list(range(60))
        wrong = await browser.get("/access", after="yesterday")
        assert (wrong.status_code, "names no place" in wrong.text) == (400, True)

"""The accounts of the console, over the app."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.app import ACCOUNT, Hosted
from tests.support.console import signed_in
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account, ApiToken, Server
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.security.credential import Credential

KEY = {"name": "Other", "api_key": "11111111-2222-4333-8444-555555555555"}


async def accounts_of(server: Hosted) -> list[Account]:
    return list((await server.store.list_accounts(Window())).items)


async def test_a_page_lists_the_accounts_with_their_status() -> None:
    async with signed_in() as (server, browser):
        broken = replace(ACCOUNT, id="broken", name="<b>Broken</b>", status="needs_reauth")
        await server.store.add_account(broken)
        page = await browser.get("/accounts")
    assert "&lt;b&gt;Broken&lt;/b&gt;" in page.text
    assert "<b>Broken" not in page.text
    assert ("key refused" in page.text, "Acme" in page.text) == (True, True)


@pytest.mark.parametrize("path", ["/accounts", f"/accounts/{ACCOUNT.id}"])
async def test_the_calls_of_an_account_are_a_click_away(path: str) -> None:
    async with signed_in() as (_, browser):
        page = await browser.get(path)
    assert f'href="/console/calls/{ACCOUNT.id}"' in page.text


async def test_a_token_that_only_reads_is_offered_no_new_server() -> None:
    async with signed_in(read_only=True) as (_, browser):
        page = await browser.get("")
    assert "/servers/new" not in page.text


async def test_a_key_that_vapi_takes_links_an_account() -> None:
    async with signed_in() as (server, browser):
        answer = await browser.send("/accounts/new", {**KEY, "region": "eu", "base_url": ""})
        newest = (await accounts_of(server))[0]
        page = await browser.client.get(answer.headers["location"])
    assert answer.headers["location"] == f"/console/accounts/{newest.id}?done=account-linked"
    assert (newest.name, newest.region, newest.credential.secret) == (
        *("Other", "eu"),
        KEY["api_key"],
    )
    assert "Vapi took the key" in page.text


@pytest.mark.parametrize(
    ("status", "told"), [(401, "refused the key"), (503, "Nothing was created; try again")]
)
async def test_a_key_that_cannot_be_used_links_nothing_and_the_cause_is_told(
    monkeypatch: pytest.MonkeyPatch, status: int, told: str
) -> None:
    async with signed_in() as (server, browser):

        async def answering(*_: object) -> UpstreamResponse:
            return UpstreamResponse(status, {"content-type": "application/json"}, b"{}")

        monkeypatch.setattr(server.upstream, "send", answering)
        answer = await browser.send("/accounts/new", KEY)
        accounts = await accounts_of(server)
    assert (answer.status_code, [each.id for each in accounts]) == (400, [ACCOUNT.id])
    assert told in answer.text
    assert 'value="Other"' in answer.text
    assert KEY["api_key"] not in answer.text


async def test_a_new_name_is_kept_without_asking_vapi() -> None:
    async with signed_in() as (server, browser):
        path = f"/accounts/{ACCOUNT.id}"
        form = {"name": "Acme 2", "tenant_id": "ours", "region": "", "base_url": ACCOUNT.base_url}
        answer = await browser.send(path, form)
        kept = (await accounts_of(server))[0]
    assert answer.headers["location"] == f"/console{path}?done=account-changed"
    assert (kept.name, kept.tenant_id, kept.base_url) == ("Acme 2", "ours", ACCOUNT.base_url)
    assert server.upstream.requests == []


async def test_a_refused_name_stays_in_the_form_with_what_is_wrong() -> None:
    async with signed_in() as (_, browser):
        answer = await browser.send(f"/accounts/{ACCOUNT.id}", {"name": ""})
    assert (answer.status_code, "must not be empty" in answer.text) == (400, True)


async def test_a_new_key_makes_a_refused_account_work_again() -> None:
    async with signed_in() as (server, browser):
        broken = replace(
            ACCOUNT, id="broken", base_url="", status="needs_reauth", last_error="It is expired."
        )
        await server.store.add_account(broken)
        before = await browser.get("/accounts/broken")
        answer = await browser.send("/accounts/broken/key", {"api_key": KEY["api_key"]})
        kept = await server.store.get_account("broken")
    assert "It is expired." in before.text
    assert answer.headers["location"] == "/console/accounts/broken?done=key-changed"
    assert kept is not None
    assert (kept.status, kept.last_error, kept.credential) == (
        *("active", None),
        Credential(KEY["api_key"]),
    )


async def test_a_deletion_tells_first_what_goes_with_the_account() -> None:
    async with signed_in() as (server, browser):
        await server.store.add_server(Server("second", "second", ACCOUNT.id), "hash")
        await server.store.add_api_token(
            ApiToken("bound", "bound", account_id=ACCOUNT.id), "hash of the token"
        )
        page = await browser.get(f"/accounts/{ACCOUNT.id}")
        answer = await browser.send(f"/accounts/{ACCOUNT.id}/delete")
        left = await accounts_of(server)
    assert "2 servers and 1 API token go with it" in page.text
    assert (answer.headers["location"], left) == ("/console/accounts?done=account-deleted", [])


async def test_somebody_of_another_tenant_sees_no_account() -> None:
    async with signed_in(tenant_id="theirs") as (_, browser):
        listed = await browser.get("/accounts")
        one = await browser.get(f"/accounts/{ACCOUNT.id}")
        gone = await browser.send(f"/accounts/{ACCOUNT.id}/delete")
    assert "No account is linked yet" in listed.text
    assert (one.status_code, gone.status_code) == (404, 404)


async def test_somebody_who_may_only_read_sees_no_way_to_change() -> None:
    async with signed_in(read_only=True) as (_, browser):
        page = await browser.get(f"/accounts/{ACCOUNT.id}")
        refused = await browser.send(f"/accounts/{ACCOUNT.id}/delete")
    assert ("may only read" in page.text, "/delete" in page.text) == (True, False)
    assert refused.status_code == 403

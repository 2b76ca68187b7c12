"""Sessions of several tabs, requests at once and processes."""

from __future__ import annotations

import asyncio

import httpx

from tests.support.app import hosted
from tests.support.console import Browser, api_token, signed_in
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window


async def test_a_session_is_one_for_all_processes() -> None:
    async with (
        signed_in() as (first, browser),
        hosted(beside=first) as second,
        httpx.AsyncClient(base_url=second.url, trust_env=False) as client,
    ):
        client.cookies.update(browser.client.cookies)
        other = Browser(client)
        assert (await other.get("/accounts")).status_code == 200
        made = await other.send("/access/tokens/new", {"name": "Grace", "kind": "mcp"})
        assert made.status_code == 200
        assert "Grace" in (await browser.get("/access")).text
        assert (await browser.send("/sign-out")).status_code == 303
        assert (await other.get("/accounts")).status_code == 303


async def test_a_deleted_token_ends_its_sessions_in_all_processes() -> None:
    async with (
        signed_in() as (first, browser),
        hosted(beside=first) as second,
        httpx.AsyncClient(base_url=second.url, trust_env=False) as client,
    ):
        client.cookies.update(browser.client.cookies)
        [token] = (await first.store.list_api_tokens(Window())).items
        assert (await client.get("/console/tools")).status_code == 200
        await first.store.delete_api_token(token.id)
        assert (await client.get("/console/tools")).status_code == 303


async def test_signing_in_many_times_at_once_works_each_time() -> None:
    async with signed_in() as (server, browser):
        token, before = await api_token(server), dict(browser.client.cookies)

        async def sign_in() -> int:
            async with httpx.AsyncClient(trust_env=False, cookies=before) as client:
                address = f"{server.url}/console/sign-in"
                return (await client.post(address, data={"token": token})).status_code

        assert set(await asyncio.gather(*(sign_in() for _ in range(8)))) == {303}
        assert len(await server.store.list_sessions(utc_now())) == 8
        assert (await browser.get()).status_code == 303


async def test_signing_out_in_two_tabs_at_once_is_no_fault() -> None:
    async with signed_in() as (server, browser):
        answers = await asyncio.gather(*(browser.send("/sign-out") for _ in range(4)))
        assert {each.status_code for each in answers} <= {303, 401}
        assert await server.store.list_sessions(utc_now()) == []


async def test_a_form_of_the_session_before_is_refused_with_what_to_do() -> None:
    async with signed_in() as (server, browser):
        page = await browser.get("/access/tokens/new")
        old = page.text.split('name="form_token" value="')[1].split('"')[0]
        await browser.sign_in(await api_token(server))
        form = {"form_token": old, "name": "Grace", "kind": "mcp"}
        answer = await browser.client.post("/console/access/tokens/new", data=form)
        assert (answer.status_code, "reload the page" in answer.text) == (403, True)

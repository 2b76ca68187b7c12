"""Signing in and out, and what a session may do."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest

from tests.support.app import hosted
from tests.support.console import api_token, browser_at, signed_in
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.security.tokens import SESSION_PREFIX, new_token


async def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_page() -> None:
    async with hosted() as server, browser_at(server.url) as browser:
        first = await browser.get()
        assert (first.status_code, first.headers["location"]) == (303, "/console/sign-in")
        answer = await browser.sign_in(await api_token(server), next="/activity?status=4xx")
        assert answer.headers["location"] == "/console/activity?status=4xx"
        assert (await browser.get()).status_code == 200


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
async def test_signing_in_never_leads_to_another_site(target: str) -> None:
    async with hosted() as server, browser_at(server.url) as browser:
        answer = await browser.sign_in(await api_token(server), next=target)
        assert answer.headers["location"] == "/console"


async def test_the_cookie_is_for_this_site_and_for_no_script() -> None:
    async with hosted() as server, browser_at(server.url) as browser:
        answer = await browser.sign_in(await api_token(server))
        cookie = SimpleCookie(answer.headers["set-cookie"])["vapi_mcp"]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["secure"]) == ("lax", "/", "")


async def test_over_https_the_cookie_is_bound_to_the_host() -> None:
    async with (
        hosted(public_url="https://mcp.example.com") as server,
        browser_at(server.url) as browser,
    ):
        answer = await browser.sign_in(await api_token(server))
        cookie = SimpleCookie(answer.headers["set-cookie"])["__Host-vapi_mcp"]
        assert (cookie["secure"], cookie["domain"], cookie["path"]) == (True, "", "/")


@pytest.mark.parametrize("kind", ["mcp", "none"])
async def test_only_a_token_of_kind_admin_opens_the_console(kind: str) -> None:
    async with hosted() as server, browser_at(server.url) as browser:
        token = await api_token(server, kind="mcp") if kind == "mcp" else "vma_x"
        answer = await browser.sign_in(token)
        assert answer.status_code == 403
        assert ("kind mcp" if kind == "mcp" else "not an API token of this server") in answer.text
        assert "set-cookie" not in answer.headers
        assert token not in answer.text


async def test_a_session_ends_at_sign_out() -> None:
    async with signed_in() as (server, browser):
        cookies = dict(browser.client.cookies)
        assert (await browser.send("/sign-out")).status_code == 303
        browser.client.cookies.update(cookies)
        assert (await browser.get()).status_code == 303
        assert await server.store.list_sessions(utc_now()) == []


async def test_a_session_ends_with_its_token() -> None:
    async with signed_in() as (server, browser):
        [token] = (await server.store.list_api_tokens(Window())).items
        assert (await browser.get()).status_code == 200
        await server.store.delete_api_token(token.id)
        assert (await browser.get()).status_code == 303


async def test_signing_in_again_ends_the_session_before() -> None:
    async with signed_in() as (server, browser):
        before = dict(browser.client.cookies)
        await browser.sign_in(await api_token(server))
        assert dict(browser.client.cookies) != before
        assert len(await server.store.list_sessions(utc_now())) == 1


async def test_a_session_lasts_twelve_hours() -> None:
    async with signed_in() as (server, _):
        [session] = await server.store.list_sessions(utc_now())
        assert session.expires_at - session.created_at == timedelta(hours=12)
        assert await server.store.list_sessions(session.expires_at) == []


async def test_a_cookie_of_nobody_opens_nothing() -> None:
    async with hosted() as server, browser_at(server.url) as browser:
        for value in ("x", new_token(SESSION_PREFIX)):
            browser.client.cookies.set("vapi_mcp", value)
            assert (await browser.get()).status_code == 303


async def test_a_form_of_another_site_is_refused() -> None:
    async with signed_in() as (server, browser):
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "http://localhost:1"},
        ):
            answer = await browser.send("/sign-out", headers=headers)
            assert answer.status_code == 403, headers
        assert len(await server.store.list_sessions(utc_now())) == 1


async def test_a_form_without_its_token_is_refused() -> None:
    async with signed_in() as (_, browser):
        for given in ("", "0" * 64):
            answer = await browser.send("/sign-out", {"form_token": given})
            assert (answer.status_code, "reload the page" in answer.text) == (403, True)


async def test_what_is_no_form_is_refused() -> None:
    async with signed_in() as (_, browser):
        post = browser.client.post
        assert (await post("/console/sign-out", json={})).status_code == 415
        assert (await post("/console/sign-out", data={"a": "x" * 1_100_000})).status_code == 413
        assert (await post("/console", data={})).status_code == 405
        assert (await browser.get("/nothing")).status_code == 404


async def test_a_page_allows_its_own_files_only_and_no_frame() -> None:
    async with signed_in() as (_, browser):
        page = await browser.get()
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"


async def test_a_file_is_kept_for_ever_under_the_mark_of_its_content() -> None:
    async with signed_in() as (_, browser):
        page = await browser.get()
        path = page.text.split('rel="stylesheet" href="/console')[1].split('"')[0]
        file = await browser.get(path)
        assert "immutable" in file.headers["cache-control"]
        older = await browser.get("/static/000000000000/console.css")
        assert (older.text, older.headers["cache-control"]) == (file.text, "no-store")
        assert (await browser.get("/static/x/none.css")).status_code == 404


async def test_behind_a_path_every_link_has_it() -> None:
    async with (
        hosted(public_url="http://localhost:8080/vapi") as server,
        signed_in(server) as (_, browser),
    ):
        page = (await browser.get()).text
        assert 'href="/vapi/console/accounts"' in page
        assert 'href="/console' not in page


async def test_signing_in_is_in_the_log() -> None:
    async with signed_in() as (server, _):
        entries = (await server.store.list_entries(LogFilter(log_type="admin"), Window())).items
        assert [(each.action, each.token_name) for each in entries] == [("session.created", "Ada")]


async def test_names_of_others_are_text() -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    async with signed_in(name=hostile) as (_, browser):
        page = (await browser.get()).text
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page

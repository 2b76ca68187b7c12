"""What all answers of the console have in common: their headers, links and redirects."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from tests.support.app import hosted
from tests.support.console import api_token, browser_at, signed_in, signed_in_at
from tests.support.e2e.gallery import call_with, gallery

BASE = "http://localhost:8080/vapi"
_LINKS = {"href", "src", "action", "data-live", "data-load", "data-preview", "srcset", "poster"}
_MOST_PAGES = 160


class Links(HTMLParser):
    """All addresses in a page, and the attributes that its policy forbids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.forbidden: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in _LINKS:
                self.found.add(value or "")
            if name == "style" or name.startswith("on"):
                self.forbidden.append(f"{tag} {name}")
        if tag == "style" or (tag == "script" and not dict(attrs).get("src")):
            self.forbidden.append(tag)


async def test_behind_a_path_every_link_leads_to_an_answer_below_it() -> None:
    async with (
        gallery(public_url=BASE) as server,
        signed_in_at(server.running.url, server) as browser,
    ):
        to_visit, seen = (
            [f"/vapi/console/calls/account-1/{call_with('mono-recording')}"],
            set[str](),
        )
        to_visit.append("/vapi/console")
        while to_visit and len(seen) < _MOST_PAGES:
            path = to_visit.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = await browser.client.get(path.removeprefix("/vapi"))
            assert answer.status_code in (200, 303, 400, 405), path
            if location := answer.headers.get("location"):
                to_visit.append(location)
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            links = Links(answer.text)
            assert links.forbidden == [], path
            for link in links.found:
                whole = urlsplit(urljoin(f"http://host{path}", link))
                if whole.netloc != "host" or link.startswith(("data:", "#")):
                    continue
                assert re.match(r"/vapi/console(/|\?|$)", whole.path), (path, link)
                if "export" not in whole.path:
                    query = f"?{whole.query}" if whole.query else ""
                    to_visit.append(f"{whole.path}{query}")
        areas = {each.split("/")[3] for each in seen if each.count("/") > 2}
        assert areas >= {"accounts", "servers", "tools", "activity", "access", "health", "calls"}


async def test_behind_a_path_every_redirect_leads_below_it() -> None:
    async with hosted(public_url=BASE) as server, browser_at(server.url) as browser:
        asked = await browser.get("/activity", status="4xx")
        assert asked.headers["location"] == "/vapi/console/sign-in?next=/activity%3Fstatus%3D4xx"
        known = await browser.sign_in(await api_token(server), next="/activity?status=4xx")
        assert known.headers["location"] == "/vapi/console/activity?status=4xx"
        again = await browser.get("/sign-in", next="/tools")
        assert again.headers["location"] == "/vapi/console/tools"
        out = await browser.send("/sign-out")
        assert out.headers["location"] == "/vapi/console/sign-in"


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/tools", "/activity/rows", "/activity/export", "/nothing", "/sign-in"),
        *(
            "/tools/none",
            "/access/",
            "/accounts/..%2f..",
            "/accounts/%00",
            "/accounts/" + "x" * 500,
        ),
        *(
            "/activity?after=x",
            "/servers?account=%00",
            "/static/x/none.css",
            "/static/x/console.css",
        ),
        *("/static/../app.py", "/sign-out", "/calls/account-1/c-1/recording"),
    ],
)
async def test_every_answer_forbids_scripts_frames_and_caches(path: str) -> None:
    async with signed_in() as (_, browser):
        for method in ("GET", "HEAD", "POST", "DELETE"):
            answer = await browser.client.request(method, f"/console{path}")
            assert answer.status_code < 500, (method, answer.text)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            wanted = {
                "x-frame-options": "DENY",
                "x-content-type-options": "nosniff",
                "cache-control": "no-store",
                "referrer-policy": "same-origin",
                "cross-origin-resource-policy": "same-origin",
            }
            assert {name: answer.headers.get(name) for name in wanted} == wanted, method


@pytest.mark.parametrize(
    "target",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "/%2f/evil.example"),
        *(
            "javascript:alert(1)",
            "/..//evil.example",
            "/%2e%2e/mcp",
            "evil.example",
            "/a\nb",
            "\\\\e",
        ),
        *("/\t/evil.example", "@evil.example", ".evil.example", ":8080", "/a\\..\\b", "/\x00"),
    ],
)
async def test_signing_in_leads_to_no_other_place(target: str) -> None:
    async with hosted() as server, browser_at(server.url) as browser:
        for answer in (
            await browser.sign_in(await api_token(server), next=target),
            await browser.get("/sign-in", next=target),
        ):
            assert answer.headers["location"] == "/console"


async def test_a_part_of_a_page_that_fails_is_no_whole_page() -> None:
    async with signed_in() as (_, browser):
        address, part = "/console/activity/rows?after=x", {"X-Fragment": "1"}
        page = await browser.client.get(address)
        failed = await browser.client.get(address, headers=part)
        assert (page.status_code, failed.status_code) == (400, 400)
        assert "<html" in page.text
        assert failed.text.strip().startswith('<p class="notice bad" role="alert">')


async def test_signing_in_comes_back_to_the_overview_with_its_notice() -> None:
    async with hosted() as server, browser_at(server.url) as browser:
        answer = await browser.sign_in(await api_token(server), next="?done=account-linked")
        assert answer.headers["location"] == "/console?done=account-linked"


async def test_a_proxy_that_leaves_the_port_out_of_host_breaks_no_form() -> None:
    async with signed_in() as (_, browser):
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": "https://localhost:8443"}
        assert (await browser.send("/sign-out", headers=headers)).status_code == 303


@pytest.mark.parametrize("origin", ["null", "http://[", "http://localhost", "file://", "x"])
async def test_an_origin_that_is_not_ours_is_refused(origin: str) -> None:
    async with signed_in() as (_, browser):
        answer = await browser.send("/sign-out", headers={"Origin": origin})
        assert answer.status_code == 403

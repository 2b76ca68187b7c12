"""What pages say when the database or Vapi does not answer, or answers oddly."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import composed, hosted
from tests.support.console import Browser, browser_at, signed_in
from tests.support.serving import serving
from tests.support.stores import Database, migrated
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.console.app import PAGES
from vapi_mcp.errors import StoreError, UpstreamFailed
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash

IDS = {
    "account": "account-1",
    "server": "server-0",
    "call": "c-1",
    "change": "vapi-change-1",
    "entry": "e-1",
    "grant": "g-1",
    "token": "t-1",
    "session": "s-1",
    "tool": "get_single_vapi_call_by_id",
}
GETS = [re.sub(r"{(\w+)}", lambda p: IDS[p[1]], path) for path, page in PAGES.items() if page.get]


CALLS = [path for path in GETS if path.startswith(("/calls", "/activity/spending"))]
TARGET = {"server": "account-1/server-0", "run": "real"}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Return an empty database."""
    return migrated(tmp_path / "data")


@asynccontextmanager
async def signed_in_over(database: Database) -> AsyncGenerator[Browser]:
    """Yield a browser that has signed in to a server with a database."""
    secret = new_token(API_PREFIX)
    async with database.opened() as store:
        await store.add_api_token(ApiToken("t-1", "Ada", kind="admin"), token_hash(secret))
        app = composed(store, FakeUpstream())
        async with serving(app, drain=app.state.drain) as running, browser_at(running.url) as one:
            assert (await one.sign_in(secret)).status_code == 303
            yield one


async def test_while_the_database_is_away_each_page_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with signed_in() as (server, browser):
        store = type(server.store)

        async def fail(*_: Any, **__: Any) -> Any:
            raise StoreError

        reading = [n for n in dir(store) if n.startswith(("get_", "list_", "read_", "find_entry"))]
        for name in [*reading, "find_change", "revision", "try_write"]:
            monkeypatch.setattr(store, name, fail)
        for path in GETS:
            answer = await browser.get(path)
            needs_none = path in ("/tools", "/accounts/new")
            assert answer.status_code == (200 if needs_none else 503), (path, answer.text)
        monkeypatch.setattr(store, "find_session", fail)
        for path in GETS:
            assert (await browser.get(path)).status_code == 503, path


ODD: tuple[Any, ...] = (
    *([], {}, None, "x", 5, [[]], [None], {"result": 5}, [5]),
    [{"result": [{"date": None, "calls": "Infinity", "seconds": "nan", "dollars": 1e308}]}],
)


async def test_an_odd_answer_of_vapi_breaks_no_page() -> None:
    upstream, today = FakeUpstream(), datetime.now(UTC).date().isoformat()
    figures = {"date": today, "calls": "Infinity", "seconds": "nan", "dollars": 1e308}
    async with hosted(upstream=upstream) as server, signed_in(server) as (_, browser):
        for odd in (*ODD, [{"result": [figures]}]):
            for path in ("POST /analytics", "GET /call", "GET /call/c-1"):
                upstream.answers[path] = odd
            for path in CALLS:
                answer = await browser.get(path)
                assert answer.status_code in (200, 404), (odd, path)
    assert len(upstream.requests) >= 11 * (len(ODD) + 1) // 2


async def test_while_vapi_is_away_each_page_says_so() -> None:
    upstream = FakeUpstream()
    async with hosted(upstream=upstream) as server, signed_in(server) as (_, browser):
        upstream.failure = UpstreamFailed("Vapi did not answer in time", status=504)
        for path in GETS:
            answer = await browser.get(path)
            is_of_one_call = path.startswith("/calls/account-1/c-1")
            assert (answer.status_code == 504) == is_of_one_call, (path, answer.text)
            assert answer.status_code != 500, path
            if path in CALLS:
                assert "Vapi did not answer in time" in answer.text, path
        shown = await browser.send(f"/tools/{IDS['tool']}", {**TARGET, "arguments": '{"id": "c"}'})
        assert (shown.status_code, "did not answer in time" in shown.text) == (200, True)


@pytest.mark.parametrize("text", ["[" * 5000, '{"a":' + "[" * 900 + "]" * 900 + "}", '{"a":1e999}'])
async def test_arguments_that_cannot_be_read_stay_in_the_form(text: str) -> None:
    async with signed_in() as (_, browser):
        for answer in (
            await browser.get(f"/tools/{IDS['tool']}", arguments=text),
            await browser.send(f"/tools/{IDS['tool']}", {**TARGET, "arguments": text}),
        ):
            assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
            assert html.escape(text, quote=False) in html.unescape(answer.text)


async def test_an_answer_that_is_nested_deeply_is_shown() -> None:
    deep: Any = 1
    for _ in range(240):
        deep = {"a": deep}
    upstream = FakeUpstream({"GET /call/c-1": {"id": "c-1", "deep": deep}})
    async with hosted(upstream=upstream) as server, signed_in(server) as (_, browser):
        form = {**TARGET, "arguments": '{"id": "c-1", "fields": ["*"]}'}
        shown = await browser.send(f"/tools/{IDS['tool']}", form)
        assert (shown.status_code, "&#34;deep&#34;" in shown.text) == (200, True)
        assert (await browser.get("/calls/account-1/c-1")).status_code == 200


PLACES = (
    *("0001-01-01T00:00:00+23:59~x", "9999-12-31T23:59:59-23:59~x"),
    *("2026-01-01T00:00:00+00:00~" + "x" * 3000, "x~y", "~", "2026-01-01~x"),
)


async def test_a_place_that_is_none_breaks_no_list(database: Database) -> None:
    async with signed_in_over(database) as browser:
        for place in PLACES:
            for path in ("/accounts", "/servers", "/activity", "/activity/rows", "/access"):
                for name in ("after", "before"):
                    answer = await browser.get(path, **{name: place})
                    assert answer.status_code in (200, 400), (path, place, answer.text)


FILTERS: tuple[dict[str, str], ...] = (
    {"last": "x"},
    {"created_at_gte": "0001-01-01T00:00:00+23:59"},
    {"created_at_lt": "9999-12-31T23:59:59-12:00"},
    {"http_status_code": "9" * 400},
    {"tool_name": '"><script>alert(1)</script>'},
    {"duration_gte": "nan"},
    {"unknown": "<script>alert(1)</script>"},
    {"integrated_account_id": "nope"},
    {"since": "0001-01-01T00:00:00+23:59"},
)


async def test_a_filter_that_is_none_breaks_no_page(database: Database) -> None:
    async with signed_in_over(database) as browser:
        for given in FILTERS:
            for path in ("", "/rows", "/charts", "/spending", "/export", "/e-1"):
                answer = await browser.get(f"/activity{path}", **given)
                assert answer.status_code in (200, 400, 404), (path, given, answer.text)
                assert "<script>alert" not in answer.text
        for since in ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01"):
            path = "/servers/account-1/server-0/waiting"
            assert (await browser.get(path, since=since)).status_code in (200, 400, 404)

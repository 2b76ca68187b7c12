"""Tools in the console: the list, and trying one."""

from __future__ import annotations

import html
import re
from typing import Any

import orjson

from tests.support.app import hosted
from tests.support.console import Browser, signed_in
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.audit.entry import LogFilter

GET, CREATE = "/tools/get_single_vapi_assistant_by_id", "/tools/create_a_vapi_assistant"
ASKED = {"server": "account-1/server-0"}


def answer_of(page: str) -> Any:
    [block] = re.findall(r'id="answer".*?<pre[^>]*><code>(.*?)</code>', page, re.DOTALL)
    return orjson.loads(html.unescape(block))


def mark_of(page: str) -> str:
    return re.findall(r'name="tried" value="(\w*)"', page)[0]


async def run(browser: Browser, path: str, arguments: Any = None, **form: str) -> str:
    text = orjson.dumps(arguments or {}).decode()
    return (await browser.send(path, {**ASKED, "arguments": text, **form})).text


async def test_tools_are_found_by_words_effects_and_tags() -> None:
    async with signed_in() as (_, browser):
        assert "147 of 147" in (await browser.get("/tools")).text
        page = (await browser.get("/tools", tag="campaigns", effect="act")).text
        assert re.findall(r"<code>(\w+)</code></a>", page) == [
            "create_a_vapi_campaign",
            "create_a_vapi_v2_campaign",
        ]
        assert "No tool matches" in (await browser.get("/tools", q="zebra")).text
        assert (await browser.get("/tools/zebra")).status_code == 404


async def test_a_reading_tool_runs_with_the_arguments_of_the_form_or_of_its_json() -> None:
    upstream = FakeUpstream()
    async with hosted(upstream=upstream) as server, signed_in(server) as (_, browser):
        as_json = await run(browser, GET, {"id": "a-1"}, run="real")
        as_fields = await run(browser, GET, {}, **{"f.id": "a-1", "run": "real"})
    assert answer_of(as_json) == answer_of(as_fields)
    assert [each.path for each, _ in upstream.requests] == ["/assistant/a-1"] * 2


async def test_a_write_is_sent_only_after_its_dry_run() -> None:
    upstream = FakeUpstream()
    async with hosted(upstream=upstream) as server, signed_in(server) as (_, browser):
        arguments = {"name": "Ann", "firstMessage": "Hello"}
        early = await run(browser, CREATE, arguments, run="real")
        assert "Send a dry run with these arguments first" in early
        dry = await run(browser, CREATE, arguments, run="dry")
        assert answer_of(dry)["dry_run"] is True
        other = await run(browser, CREATE, {"name": "Bob"}, run="real", tried=mark_of(dry))
        assert "Send a dry run with these arguments first" in other
        assert upstream.requests == []
        await run(browser, CREATE, arguments, run="real", tried=mark_of(dry))
    assert [(each.method, each.path) for each, _ in upstream.requests] == [("POST", "/assistant")]


async def test_a_run_obeys_the_scope_of_its_server_and_is_in_the_log() -> None:
    async with hosted() as server, signed_in(server) as (_, browser):
        server.add_server(config=ServerConfig(methods=("read",)))
        refused = await run(browser, CREATE, {"name": "x"}, run="dry", server="account-1/server-1")
        assert "there is no tool named" in refused
        await run(browser, GET, {"id": "a-1"}, run="real", server="account-1/server-1")
    found = (await server.store.list_entries(LogFilter(log_type="mcp"), Window())).items
    assert [(e.client_name, e.token_name, e.server_id) for e in found] == [
        ("console", "Ada", "server-1")
    ]


async def test_a_read_only_person_runs_reading_tools_only() -> None:
    async with signed_in(read_only=True) as (_, browser):
        assert "answer" in await run(browser, GET, {"id": "a-1"}, run="real")
        assert "may only read" in await run(browser, CREATE, {"name": "x"}, run="dry")


async def test_a_server_of_another_tenant_is_not_there() -> None:
    async with signed_in(tenant_id="other") as (_, browser):
        page = await run(browser, GET, {"id": "a-1"}, run="real")
        assert "there is no account with this id" in page


async def test_what_is_no_json_is_kept_and_explained() -> None:
    async with signed_in() as (_, browser):
        answer = await browser.send(GET, {**ASKED, "arguments": "{not json", "run": "real"})
        assert answer.status_code == 400
        assert "the arguments are not JSON" in answer.text
        assert ">{not json</textarea>" in answer.text


async def test_a_link_fills_the_form_in() -> None:
    async with signed_in() as (_, browser):
        page = (await browser.get(GET, arguments='{"id":"a-1"}', server="account-1/server-0")).text
        assert 'value="a-1"' in page
        assert 'value="account-1/server-0" selected' in page

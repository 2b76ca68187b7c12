"""Truto's rules for accounts, servers and tokens, over HTTP and on both databases.

The rules for tools and their answers, 11 to 18, are in `test_rules_of_tools.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.installation import (
    Installation,
    called,
    error_of,
    installed,
    made,
    new_account,
    new_server,
    text_of,
    tool_names,
)
from tests.e2e.scenario import NAMES
from tests.e2e.stack import ORG
from tests.protocol.hosting import headers_of, message, modern, post
from tests.store.databases import Database
from vapi_mcp.access.housekeeping import Housekeeping
from vapi_mcp.access.service import AccessService
from vapi_mcp.access.tokens import API_PREFIX, PREFIX, is_well_formed, new_token

HELLO = message(
    "initialize",
    {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "rules", "version": "1.2"},
    },
)
LIST = message("tools/list")
ASSISTANT = message(
    "tools/call", {"name": "get_single_vapi_assistant_by_id", "arguments": {"id": ORG}}
)
METHODS = {
    "list_all": "list",
    "get_single": "get",
    "create_a": "create",
    "update_a": "update",
    "delete_a": "delete",
}
CONFIG = {
    "methods": [],
    "tags": [],
    "tools": [],
    "exclude_tools": [],
    "require_api_token_auth": False,
    "tool_exposure": "all",
    "structured_content": False,
    "max_result_tokens": 8000,
}


def named(*methods: str) -> set[str]:
    """Return the tools of these methods, by nothing but their names."""
    return {n for n in NAMES if any(n.startswith(p) and m in methods for p, m in METHODS.items())}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ahead(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def ends_in(place: Installation, opened: Mapping[str, Any], seconds: float) -> datetime:
    """Let a server end sooner than the API would."""
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    changed = await place.store.update_server(
        opened["integrated_account_id"], opened["id"], lambda kept: replace(kept, expires_at=end)
    )
    assert changed is not None
    return end


async def test_rule_01_a_server_is_made_under_its_account_and_comes_back_whole(
    database: Database,
) -> None:
    async with installed(database) as place:
        account = await new_account(place.admin)
        ends = ahead(3600)
        opened = await new_server(
            place.admin, account, {"methods": ["read"]}, name="mine", expires_at=ends
        )
        nowhere = await place.admin.post("/integrated-account/nobody/mcp", json={"name": "x"})
        listed = (await place.admin.get(f"{account}/mcp")).json()
    token, server_id = opened["token"], opened["id"]
    assert is_well_formed(token, PREFIX)
    assert moment(opened["expires_at"]) == moment(ends)
    assert opened == {
        "id": server_id,
        "integrated_account_id": account.rpartition("/")[2],
        "name": "mine",
        "config": {**CONFIG, "methods": ["read"]},
        "expires_at": opened["expires_at"],
        "created_at": opened["created_at"],
        "updated_at": opened["created_at"],
        "last_used_at": None,
        "token": token,
        "url": f"{place.url}/mcp/{token}",
        "sse_url": f"{place.url}/sse/{token}",
    }
    assert nowhere.status_code == 404
    assert [server["id"] for server in listed["result"]] == [server_id]


async def test_rule_02_the_secret_url_is_shown_by_its_making_and_by_nothing_else(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with installed(database) as place:
        account = await new_account(place.admin)
        opened = await new_server(place.admin, account)
        path = f"{account}/mcp/{opened['id']}"
        await tool_names(place.mcp_url(opened))
        shown = [
            await place.admin.get(f"{account}/mcp"),
            await place.admin.get(path),
            await place.admin.patch(path, json={"name": "other"}),
            await place.admin.get("/log"),
            await place.admin.get("/log/export"),
        ]
    assert {answer.status_code for answer in shown} == {200}
    listed, got, patched = (answer.json() for answer in shown[:3])
    for server in (listed["result"][0], got, patched):
        assert set(opened) - set(server) == {"token", "url", "sse_url"}
    said = caplog.text + "".join(answer.text for answer in shown)
    assert opened["token"].removeprefix(PREFIX)[:12] not in said
    assert "POST /mcp/{token} 200" in caplog.text


async def test_rule_03_methods_are_groups_or_exact_names_in_either_case_and_add_up(
    database: Database,
) -> None:
    reads, writes = named("list", "get"), named("create", "update", "delete")
    assert (len(reads), len(writes)) == (38, 48)
    expected: list[tuple[dict[str, Any] | None, set[str]]] = [
        (None, set(NAMES)),
        ({}, set(NAMES)),
        ({"methods": []}, set(NAMES)),
        ({"methods": ["read"]}, reads),
        ({"methods": ["WRITE"]}, writes),
        ({"methods": ["read", "custom"]}, reads),
        ({"methods": ["list", "Delete"]}, named("list", "delete")),
        ({"methods": ["read", "create"]}, named("list", "get", "create")),
    ]
    async with installed(database) as place:
        account = await new_account(place.admin)
        for config, wanted in expected:
            opened = await new_server(place.admin, account, config)
            assert set(await tool_names(place.mcp_url(opened))) == wanted, config


async def test_rule_04_a_tag_of_the_resource_or_of_the_tool_lets_in_and_methods_must_fit_too(
    database: Database,
) -> None:
    async with installed(database) as place:
        account = await new_account(place.admin)

        async def listed(**config: Any) -> set[str]:
            return set(
                await tool_names(place.mcp_url(await new_server(place.admin, account, config)))
            )

        chats, spending = await listed(tags=["chats"]), await listed(tags=["spending"])
        both = await listed(tags=["chats", "spending"])
        spent_reading = await listed(tags=["chats"], methods=["read"])
        previewed = (await place.admin.get(f"{account}/tools?tags=chats&methods=read")).json()
    # Chats are a resource; that making one spends money is said of the tool alone.
    assert {name for name in NAMES if "_vapi_chat" in name} == chats
    assert {"create_a_vapi_chat", "create_a_vapi_call"} <= spending
    assert "list_all_vapi_chats" not in spending
    assert both == chats | spending
    assert spent_reading == {"list_all_vapi_chats", "get_single_vapi_chat_by_id"}
    assert {tool["name"] for tool in previewed["result"]} == spent_reading


async def test_rule_05_a_filter_that_leaves_no_tool_is_refused_wherever_a_config_is_given(
    database: Database,
) -> None:
    empty = {"methods": ["custom"]}
    async with installed(database) as place:
        account = await new_account(place.admin)
        refused = await place.admin.post(f"{account}/mcp", json={"name": "x", "config": empty})
        opened = await new_server(place.admin, account, {"tags": ["calls"]})
        path = f"{account}/mcp/{opened['id']}"
        patched = await place.admin.patch(path, json={"config": empty})
        apart = await place.admin.patch(path, json={"config": {"tags": ["chats"]}})
        together = await place.admin.patch(path, json={"config": {**empty, "tags": ["chats"]}})
        kept = (await place.admin.get(path)).json()["config"]
        # As if its tools had gone with a new version: what is not touched is not checked.
        await place.store.update_server(
            opened["integrated_account_id"],
            opened["id"],
            lambda server: replace(server, config=replace(server.config, methods=("custom",))),
        )
        renamed = await place.admin.patch(path, json={"name": "other", "expires_at": ahead(99)})
        touched = await place.admin.patch(path, json={"config": {"structured_content": True}})
        count = (await place.admin.get(f"{account}/mcp")).json()["result_count"]
    assert [a.status_code for a in (refused, patched, apart, together)] == [400, 400, 200, 400]
    failure = {
        "path": "config.methods",
        "message": "no tool matches the method 'custom'",
    }
    assert refused.json()["details"]["failures"] == [failure]
    assert patched.json()["details"]["failures"] == [failure]
    assert together.json()["details"]["failures"] == [failure]
    assert kept == {**CONFIG, "tags": ["chats"]}
    assert (renamed.status_code, renamed.json()["name"], touched.status_code) == (200, "other", 400)
    assert count == 1


async def test_rule_06_a_patch_merges_the_config_key_by_key_and_replaces_lists(
    database: Database,
) -> None:
    config = {"methods": ["read"], "tags": ["calls", "chats"], "exclude_tools": [NAMES[0]]}
    async with installed(database) as place:
        account = await new_account(place.admin)
        opened = await new_server(place.admin, account, config)
        path = f"{account}/mcp/{opened['id']}"

        async def patch(**body: Any) -> dict[str, Any]:
            answer = await place.admin.patch(path, json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        exposed = await patch(config={"tool_exposure": "discovery"})
        replaced = await patch(config={"tags": ["squads"]})
        cleared = await patch(config={"methods": None, "tool_exposure": None})
        renamed = await patch(name="other")
        names = await tool_names(place.mcp_url(opened))
    assert exposed["config"] == {**CONFIG, **config, "tool_exposure": "discovery"}
    assert replaced["config"] == {**exposed["config"], "tags": ["squads"]}
    assert cleared["config"] == {
        **CONFIG,
        "tags": ["squads"],
        "exclude_tools": [NAMES[0]],
    }
    assert (renamed["name"], renamed["config"]) == ("other", cleared["config"])
    assert set(names) == {name for name in NAMES if "_squad" in name}


async def test_rule_07_an_end_is_a_minute_ahead_and_at_it_only_a_tombstone_stays(
    database: Database,
) -> None:
    async with installed(database) as place:
        account = await new_account(place.admin)
        soon = {"name": "x", "expires_at": ahead(50)}
        refused = await place.admin.post(f"{account}/mcp", json=soon)
        opened = await new_server(place.admin, account, expires_at=ahead(70), name="brief")
        path, url = f"{account}/mcp/{opened['id']}", place.mcp_url(opened)
        too_soon = await place.admin.patch(path, json={"expires_at": ahead(-5)})
        cleared = await place.admin.patch(path, json={"expires_at": None})
        end = await ends_in(place, opened, 0.4)
        async with asyncio.timeout(5):
            while (await post(url, LIST)).status_code == 200:
                continue
        gone_after = datetime.now(UTC) - end
        listed = (await place.admin.get(f"{account}/mcp")).json()
        got = await place.admin.get(path)
        await Housekeeping(place.store, AccessService(place.store)).tidy()
        told = (await place.admin.get("/log?action=server.expired")).json()["result"]
    assert (refused.status_code, too_soon.status_code) == (400, 400)
    assert refused.json()["details"]["failures"][0]["path"] == "expires_at"
    assert (cleared.status_code, cleared.json()["expires_at"]) == (200, None)
    assert timedelta() <= gone_after < timedelta(seconds=1)
    assert (listed["result"], got.status_code) == ([], 404)
    [tombstone] = told
    assert (tombstone["mcp_server_id"], tombstone["message"]) == (opened["id"], "brief")
    assert (tombstone["http_status_code"], tombstone["actor"]) == (410, "clock")


async def test_rule_08_a_guarded_server_does_nothing_without_a_second_token(
    database: Database,
) -> None:
    requests = [HELLO, message("ping"), LIST, ASSISTANT, modern("tools/list")]
    async with installed(database) as place:
        account = await new_account(place.admin)
        opened = await new_server(place.admin, account, {"require_api_token_auth": True})
        url = place.mcp_url(opened)
        wrong = [{}, {"X-Api-Token": opened["token"]}, _bearer(new_token(API_PREFIX))]
        tokens = [
            (await made(place.admin, "/api-token", name="t", kind=kind))["token"]
            for kind in ("mcp", "admin")
        ]
        asked = len(place.vapi.requests)
        without = [await post(url, request, extra=w) for request in requests for w in wrong]
        assert len(place.vapi.requests) == asked
        answers = [
            await post(url, request, extra=_bearer(t)) for request in requests for t in tokens
        ]
    assert {answer.status_code for answer in without} == {401}
    assert len({answer.content for answer in without}) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert all("result" in answer.json() for answer in answers)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_rule_09_unknown_expired_deleted_and_rotated_are_one_answer_and_run_nothing(
    database: Database,
) -> None:
    async with installed(database) as place:
        account = await new_account(place.admin)
        expired, deleted, rotated, orphan = [
            await new_server(place.admin, account) for _ in range(3)
        ] + [await new_server(place.admin, other := await new_account(place.admin, "Other"))]
        await ends_in(place, expired, -1)
        await place.admin.delete(f"{account}/mcp/{deleted['id']}")
        await place.admin.post(f"{account}/mcp/{rotated['id']}/rotate")
        await place.admin.delete(other)
        tokens = [
            new_token(),
            *(opened["token"] for opened in (expired, deleted, rotated, orphan)),
        ]
        asked = len(place.vapi.requests)
        in_path = [await post(f"{place.url}/mcp/{token}", ASSISTANT) for token in tokens]
        as_bearer = [await post(f"{place.url}/mcp", LIST, extra=_bearer(t)) for t in tokens]
        streams = [
            await place.admin.get(f"/sse/{token}", headers=headers_of(LIST)) for token in tokens
        ]
        assert len(place.vapi.requests) == asked
    answers = [*in_path, *as_bearer, *streams]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    told = [{n: v for n, v in a.headers.items() if n != "date"} for a in answers]
    assert all(headers == told[0] for headers in told)
    assert answers[0].json()["error"]["code"] == -32001


async def test_rule_10_discovery_lists_three_tools_and_a_name_called_directly_points_to_search(
    database: Database,
) -> None:
    async with installed(database) as place:
        account = await new_account(place.admin)
        wrong = await place.admin.post(
            f"{account}/mcp", json={"name": "x", "config": {"tool_exposure": "some"}}
        )
        opened = await new_server(
            place.admin, account, {"tool_exposure": "discovery", "methods": ["read"]}
        )
        url = place.mcp_url(opened)
        names = await tool_names(url)
        directly = error_of(await called(url, "get_single_vapi_assistant_by_id", {"id": ORG}))
        arguments = {"tool_name": "get_single_vapi_assistant_by_id", "arguments": {"id": ORG}}
        through = text_of(await called(url, "call_tool", arguments))
        hidden = {"tool_name": "create_a_vapi_call", "arguments": {}}
        out_of_scope = await called(url, "call_tool", hidden)
        never_was = await called(url, "call_tool", {**hidden, "tool_name": "create_a_vapi_cake"})
    assert wrong.status_code == 400
    assert wrong.json()["details"]["failures"][0]["path"] == "config.tool_exposure"
    assert names == ["search_tools", "get_tool_schema", "call_tool"]
    assert "search_tools" in directly["message"] + directly.get("hint", "")
    assert through["id"] == ORG
    assert error_of(out_of_scope)["statusCode"] == error_of(never_was)["statusCode"]


async def test_rule_19_each_request_is_a_row_that_says_who_did_what_and_how_it_ended(
    database: Database,
) -> None:
    async with installed(database) as place:
        account = await new_account(place.admin, tenant_id="tenant")
        opened = await new_server(place.admin, account)
        url = place.mcp_url(opened)
        hello = await post(url, HELLO)
        session = {"Mcp-Session-Id": hello.headers["mcp-session-id"]}
        await post(url, LIST, extra=session)
        await post(url, ASSISTANT, extra=session)
        await called(url, "update_a_vapi_assistant_by_id", {"id": ORG, "name": "Eva"})
        rows = await _rows(place, opened["id"], 4)
        refused = (await place.admin.get("/log?log_type=mcp&http_status_code=4xx")).json()
    assert refused["result"] == []
    updated, called_row, listed, greeted = rows
    for row in rows:
        assert row["mcp_server_id"] == opened["id"]
        assert row["integrated_account_id"] == opened["integrated_account_id"]
        assert (row["tenant_id"], row["http_status_code"]) == ("tenant", 200)
        assert row["duration"] > 0
    methods = ["initialize", "tools/list", "tools/call", "tools/call"]
    assert [r["mcp_method"] for r in (greeted, listed, called_row, updated)] == methods
    clients = {(r["client_name"], r["client_version"]) for r in (greeted, listed, called_row)}
    assert clients == {("rules", "1.2")}
    assert (called_row["tool_name"], called_row["method"], called_row["resource"]) == (
        "get_single_vapi_assistant_by_id",
        "get",
        "assistants",
    )
    assert called_row["upstream_id"] == updated["upstream_id"] == ORG
    assert 0 < called_row["fetch_duration"] <= called_row["duration"]
    assert (updated["method"], updated["arguments"]) == ("update", {"id": ORG, "name": "Eva"})


async def _rows(place: Installation, server_id: str, count: int) -> list[dict[str, Any]]:
    """Return a server's rows, newest first, once they are written: those of reads come later."""
    async with asyncio.timeout(5):
        while True:
            answer = await place.admin.get(f"/log?log_type=mcp&mcp_server_id={server_id}")
            if len(found := answer.json()["result"]) == count:
                return found


async def test_rule_20_many_servers_of_many_accounts_each_use_their_own_accounts_key(
    database: Database,
) -> None:
    async with installed(database) as place:
        wanted: dict[str, str] = {}
        for number in range(3):
            account = await new_account(place.admin, f"{number}", tenant_id=f"t{number}")
            for _ in range(3):
                opened = await new_server(place.admin, account)
                wanted[place.mcp_url(opened)] = f"sandbox-{number}"
        place.vapi.keys.clear()
        used: list[str] = []
        for url, key in [*wanted.items(), *reversed(wanted.items())]:
            text_of(await called(url, "get_single_vapi_assistant_by_id", {"id": ORG}))
            used.append(key)
        assert place.vapi.keys == used
        place.vapi.keys.clear()
        answers = await asyncio.gather(*(post(url, ASSISTANT) for url in wanted for _ in range(5)))
        assert {answer.status_code for answer in answers} == {200}
        assert Counter(place.vapi.keys) == dict.fromkeys(wanted.values(), 15)

"""Truto's rules for servers and their tokens, over HTTP and on both databases.

Those for scopes (3 to 6 and 10) and for tools and their answers (11 to 18) have files of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.admin_api import PLAIN_CONFIG, failures, made
from tests.support.app import headers_of, message, modern, post
from tests.support.e2e.installation import (
    Installation,
    called,
    end_in,
    installed,
    new_account,
    new_server,
    text_of,
    tool_names,
)
from tests.support.e2e.stack import ORG
from tests.support.stores import Database, access_to
from vapi_mcp.admin.housekeeping import Housekeeping
from vapi_mcp.security.tokens import API_PREFIX, PREFIX, is_well_formed, new_token

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


def ahead(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


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
    assert datetime.fromisoformat(opened["expires_at"]) == datetime.fromisoformat(ends)
    assert opened == {
        "id": server_id,
        "integrated_account_id": account.rpartition("/")[2],
        "name": "mine",
        "config": {**PLAIN_CONFIG, "methods": ["read"]},
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
        end = await end_in(place.store, opened, 0.4)
        # By when they were sent: a slow machine may answer one late that came in time.
        last = begun = datetime.now(UTC)
        async with asyncio.timeout(30):
            while (await post(url, LIST)).status_code == 200:
                last, begun = begun, datetime.now(UTC)
        refused_at = datetime.now(UTC)
        listed = (await place.admin.get(f"{account}/mcp")).json()
        got = await place.admin.get(path)
        await Housekeeping(place.store, access_to(place.store)).tidy()
        told = (await place.admin.get("/log?action=server.expired")).json()["result"]
    assert failures(refused) == failures(too_soon)
    assert failures(refused) == {"expires_at": "must be at least 60 seconds from now"}
    assert (cleared.status_code, cleared.json()["expires_at"]) == (200, None)
    assert last < end + timedelta(seconds=1)
    assert end <= refused_at
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
        other = await new_account(place.admin, "Other")
        expired, deleted, rotated, _ = ended = [
            await new_server(place.admin, path) for path in (account, account, account, other)
        ]
        await end_in(place.store, expired, -1)
        await place.admin.delete(f"{account}/mcp/{deleted['id']}")
        await place.admin.post(f"{account}/mcp/{rotated['id']}/rotate")
        await place.admin.delete(other)
        tokens = [new_token(), *(opened["token"] for opened in ended)]
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
        await called(url, "get_single_vapi_assistant_by_id", {"id": ORG, "feilds": ["name"]})
        rows = await _rows(place, opened["id"], 5)
        refused = (await place.admin.get("/log?log_type=mcp&http_status_code=4xx")).json()
    refusal, updated, got, listed, greeted = rows
    assert refused["result"] == [refusal]
    for row in rows:
        assert row["mcp_server_id"] == opened["id"]
        assert row["integrated_account_id"] == opened["integrated_account_id"]
        assert row["tenant_id"] == "tenant"
        assert row["duration"] > 0
    assert [row["http_status_code"] for row in rows] == [400, 200, 200, 200, 200]
    assert [row["mcp_method"] for row in rows] == [*["tools/call"] * 3, "tools/list", "initialize"]
    clients = {(row["client_name"], row["client_version"]) for row in (got, listed, greeted)}
    assert clients == {("rules", "1.2")}
    assert got["tool_name"] == refusal["tool_name"] == "get_single_vapi_assistant_by_id"
    assert [(row["resource"], row["method"]) for row in (got, updated)] == [
        ("assistants", "get"),
        ("assistants", "update"),
    ]
    assert got["upstream_id"] == updated["upstream_id"] == ORG
    assert 0 < got["fetch_duration"] <= got["duration"]
    assert updated["arguments"] == {"id": ORG, "name": "Eva"}


async def _rows(place: Installation, server_id: str, count: int) -> list[dict[str, Any]]:
    """Return a server's rows, newest first, once they are written: those of reads come later."""
    async with asyncio.timeout(30):
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

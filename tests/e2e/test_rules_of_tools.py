"""Truto's rules for tools and their answers, over HTTP and through the simulated Vapi."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from tests.support.app import message, modern, post
from tests.support.e2e.installation import (
    Installation,
    called,
    error_of,
    installed,
    new_account,
    new_server,
    text_of,
    tool_names,
)
from tests.support.e2e.stack import ORG
from tests.support.registry import NAMES
from tests.support.stores import Database
from vapi_mcp.sandbox.faults.injection import MAGIC_PREFIX

GET, LIST = "get_single_vapi_assistant_by_id", "list_all_vapi_assistants"
CALL = message("tools/call", {"name": GET, "arguments": {"id": ORG}})
NOBODY = "11111111-1111-4111-8111-111111111111"
PINNED, RATE_LIMITED = f"{MAGIC_PREFIX}0409", f"{MAGIC_PREFIX}0429"


@asynccontextmanager
async def served(tmp_path: Path) -> AsyncGenerator[tuple[Installation, str]]:
    """Yield an installation and the URL of a server with all tools."""
    async with installed(Database(tmp_path / "data")) as place:
        opened = await new_server(place.admin, await new_account(place.admin))
        yield place, place.mcp_url(opened)


async def schemas(url: str) -> dict[str, dict[str, Any]]:
    tools = (await post(url, message("tools/list"))).json()["result"]["tools"]
    return {tool["name"]: tool["inputSchema"] for tool in tools}


async def test_rule_11_all_tools_are_listed_by_exactly_these_names(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, url):
        names = await tool_names(url)
    assert tuple(names) == NAMES


async def test_rule_12_arguments_stand_side_by_side_under_the_names_clients_know(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (_, url):
        listed = await schemas(url)
        one = text_of(await called(url, GET, {"id": ORG}))
    for name, schema in listed.items():
        assert schema["type"] == "object"
        known = set(schema["properties"])
        # No operation of Vapi takes a bare list, so there is no argument named for a body either.
        assert not {"query", "path", "params", "body"} & known, name
        assert not any("." in argument for argument in known), name
        if name.endswith("_by_id") and "ids" not in known:
            assert "id" in schema["required"], name
        if name.startswith("list_all") and "id" not in schema.get("required", ()):
            assert {"limit", "next_cursor"} <= known, name
        if name.endswith(("_provider", "_provider_by_id", "_providers")):
            assert {"provider", "resource_name"} <= set(schema["required"]), name
            assert "resourceName" not in known, name
    assert one["id"] == ORG


async def test_rule_13_an_argument_nobody_knows_is_told_with_the_name_that_was_meant(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (place, url):
        asked = len(place.vapi.requests)
        refused = [
            error_of(await called(url, GET, {"id": ORG, "feilds": ["name"]})),
            error_of(await called(url, LIST, {"limitt": 3})),
        ]
        assert len(place.vapi.requests) == asked
        sent = await called(url, "create_a_vapi_assistant", {"nmae": "Eva", "dry_run": True})
    assert {error["statusCode"] for error in refused} == {400}
    for error, meant in zip(refused, ("fields", "limit"), strict=True):
        assert f"did you mean {meant}?" in error["message"].lower(), error
    # What a body can carry is passed on, and Vapi decides.
    assert text_of(sent)["body"] == {"nmae": "Eva"}
    assert "nmae is not documented (did you mean name?); sent as it is" in str(sent)


async def test_rule_14_a_list_has_its_envelope_and_a_single_answer_is_vapis_own_object(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (place, url):
        created = text_of(await called(url, "create_a_vapi_assistant", {"name": "Eva"}))
        first = text_of(await called(url, LIST, {"limit": 1}))
        rest = text_of(await called(url, LIST, {"next_cursor": first["next_cursor"]}))
        empty = text_of(await called(url, "list_all_vapi_squads"))
        paged = text_of(await called(url, "list_all_vapi_evals", {"limit": 2}))
        got = text_of(await called(url, GET, {"id": created["id"]}))
        updated = text_of(
            await called(url, "update_a_vapi_assistant_by_id", {"id": ORG, "name": "Ada"})
        )
        vapis = await vapis_own(place, f"/assistant/{created['id']}")
    for answer in (first, rest, empty, paged):
        # Where Vapi says how many there are, or the whole list is known, the answer says it too.
        assert set(answer) - {"total"} == {"result", "next_cursor", "prev_cursor", "result_count"}
        assert answer["result_count"] == len(answer["result"])
    assert [item["name"] for item in (*first["result"], *rest["result"])] == ["Eva", "Ava"]
    assert (rest["next_cursor"], rest["prev_cursor"]) == (None, None)
    ends = {"next_cursor": None, "prev_cursor": None}
    assert empty == {
        "result": [],
        **ends,
        "result_count": 0,
        **({} if "total" not in empty else {"total": 0}),
    }
    assert created == got == vapis
    changed = {"path": "name", "before": "Ava", "after": "Ada"}
    assert (updated["id"], updated["changed"]) == (ORG, [changed])
    assert "result" not in updated


async def vapis_own(place: Installation, path: str) -> Any:
    """Return what Vapi itself says, without a server between."""
    transport = httpx.ASGITransport(place.vapi)
    headers = {"Authorization": "Bearer sandbox"}
    async with httpx.AsyncClient(transport=transport, base_url="http://vapi") as client:
        return (await client.get(path, headers=headers)).json()


async def test_rule_15_a_cursor_is_taken_unchanged_and_in_no_other_way(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, url):
        for name in ("Eva", "Ida", "Uma", "Zoe"):
            text_of(await called(url, "create_a_vapi_assistant", {"name": name}))
        pages = [text_of(await called(url, LIST, {"limit": 2}))]
        while cursor := pages[-1]["next_cursor"]:
            pages.append(text_of(await called(url, LIST, {"next_cursor": cursor})))
        cursor = pages[0]["next_cursor"]
        middle = len(cursor) // 2
        swapped = "B" if cursor[middle] == "A" else "A"
        bad = [f"{cursor[:middle]}{swapped}{cursor[middle + 1 :]}", cursor[:-2], "2", ORG]
        refused = [error_of(await called(url, LIST, {"next_cursor": each})) for each in bad]
        other = error_of(await called(url, "list_all_vapi_squads", {"next_cursor": cursor}))
        contradicted = error_of(
            await called(url, LIST, {"next_cursor": cursor, "createdAtGt": "2020-01-01T00:00:00Z"})
        )
    names = [item["name"] for page in pages for item in page["result"]]
    assert names == ["Zoe", "Uma", "Ida", "Eva", "Ava"]
    # Opaque: nothing to edit shows in it.
    assert not any(word in cursor for word in ("limit", "createdAt", "{", "="))
    assert {error["statusCode"] for error in (*refused, other, contradicted)} == {400}
    assert all("next_cursor" in error["message"] for error in (*refused, other, contradicted))


async def test_rule_16_an_error_of_vapi_is_passed_on_whole_and_an_own_one_is_no_remote_one(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (place, url):
        remote = [
            error_of(await called(url, GET, {"id": NOBODY})),
            error_of(await called(url, GET, {"id": f"{MAGIC_PREFIX}0401"})),
            error_of(await called(url, "delete_a_vapi_assistant_by_id", {"id": PINNED})),
            error_of(await called(url, GET, {"id": f"{MAGIC_PREFIX}0500"})),
        ]
        own = error_of(await called(url, GET, {"id": ORG, "feilds": ["name"]}))
        vapis = await vapis_own(place, f"/assistant/{NOBODY}")
    assert [error["statusCode"] for error in remote] == [404, 401, 409, 500]
    phrases = ["Not Found", "Unauthorized", "Conflict", "Internal Server Error"]
    assert [error["error"] for error in remote] == phrases
    for error in remote:
        assert list(error)[:6] == [
            "statusCode",
            "error",
            "message",
            "hint",
            "truto_is_remote_error",
            "raw_response",
        ]
        assert error["truto_is_remote_error"] is True
    assert remote[0]["raw_response"] == vapis
    assert remote[0]["message"] == f"Vapi says: {vapis['message']}"
    assert set(own) <= {"statusCode", "error", "message", "details", "documentation"}
    assert (own["statusCode"], own["error"]) == (400, "Bad Request")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (GET, {"id": RATE_LIMITED}),
        (
            "create_a_vapi_call",
            {
                "assistantId": RATE_LIMITED,
                "phoneNumber": {
                    "twilioAccountSid": "AC0123456789abcdef0123456789abcdef",
                    "twilioPhoneNumber": "+14155550100",
                },
                "customer": {"number": "+14155550123"},
            },
        ),
    ],
)
async def test_rule_17_a_429_reaches_the_caller_with_its_seconds_after_a_single_try(
    tmp_path: Path, tool: str, arguments: dict[str, Any]
) -> None:
    async with served(tmp_path) as (place, url):
        asked = len(place.vapi.requests)
        error = error_of(await called(url, tool, arguments))
        tries = place.vapi.requests[asked:]
    # A call looks once for variables in the prompts of its assistant.
    looks = [f"GET /assistant/{RATE_LIMITED}"] if tool != GET else []
    assert (tries[:-1], tries.count(tries[-1])) == (looks, 1)
    assert {name: error[name] for name in error if name.startswith("ratelimit")} == {
        "ratelimit-limit": 100,
        "ratelimit-remaining": 0,
        "ratelimit-reset": 7,
    }
    assert (error["statusCode"], error["truto_is_remote_error"]) == (429, True)
    assert "ratelimit-reset" in error["hint"]


async def test_rule_18_any_message_is_answered_by_itself_as_json_in_every_version(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (_, url):
        first = await post(url, message("tools/list"), accept=None)
        foreign = await post(url, message("tools/list"), extra={"Mcp-Session-Id": "of nobody"})
        ready = {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}
        notified = await post(url, ready)
        hellos = [
            await post(url, _hello(version), accept=None) for version in HANDSHAKE_PROTOCOL_VERSIONS
        ]
        calls = [
            await post(url, CALL, accept=None, extra={"MCP-Protocol-Version": version})
            for version in HANDSHAKE_PROTOCOL_VERSIONS
        ]
        newest = await post(url, modern("tools/call", CALL["params"]), accept="application/json")
    assert tuple(tool["name"] for tool in first.json()["result"]["tools"]) == NAMES
    assert foreign.json() == first.json()
    assert (notified.status_code, notified.content) == (202, b"")
    assert HANDSHAKE_PROTOCOL_VERSIONS[0] == "2024-11-05"
    assert [answer.json()["result"]["protocolVersion"] for answer in hellos] == list(
        HANDSHAKE_PROTOCOL_VERSIONS
    )
    for answer in (*calls, newest):
        assert answer.headers["content-type"].startswith("application/json")
        assert text_of(answer.json()["result"])["id"] == ORG


def _hello(version: str) -> dict[str, Any]:
    client = {"clientInfo": {"name": "rules", "version": "1"}, "capabilities": {}}
    return message("initialize", {"protocolVersion": version, **client})

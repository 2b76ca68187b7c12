"""Truto's rules for what a server exposes, over HTTP and on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.admin_api import PLAIN_CONFIG, failures
from tests.support.app import message, post
from tests.support.e2e.installation import (
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

READS = ("list", "get")
UNSEEN = ("create_a_vapi_call", "create_a_vapi_cake")
METHODS = {
    "list_all": "list",
    "get_single": "get",
    "create_a": "create",
    "update_a": "update",
    "delete_a": "delete",
}


def named(*methods: str) -> set[str]:
    """Return the tools of these methods, by nothing but their names."""
    return {n for n in NAMES if any(n.startswith(p) and m in methods for p, m in METHODS.items())}


async def test_rule_03_methods_are_groups_or_exact_names_in_either_case_and_add_up(
    database: Database,
) -> None:
    reads, writes = named(*READS), named("create", "update", "delete")
    assert reads | writes == set(NAMES)
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
        renamed = await place.admin.patch(path, json={"name": "other", "expires_at": None})
        touched = await place.admin.patch(path, json={"config": {"structured_content": True}})
        count = (await place.admin.get(f"{account}/mcp")).json()["result_count"]
    for answer in (refused, patched, together, touched):
        assert failures(answer) == {"config.methods": "no tool matches the method 'custom'"}
    assert apart.status_code == 200
    assert kept == {**PLAIN_CONFIG, "tags": ["chats"]}
    assert (renamed.status_code, renamed.json()["name"]) == (200, "other")
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
    assert exposed["config"] == {**PLAIN_CONFIG, **config, "tool_exposure": "discovery"}
    assert replaced["config"] == {**exposed["config"], "tags": ["squads"]}
    assert cleared["config"] == {
        **PLAIN_CONFIG,
        "tags": ["squads"],
        "exclude_tools": [NAMES[0]],
    }
    assert (renamed["name"], renamed["config"]) == ("other", cleared["config"])
    assert set(names) == {name for name in NAMES if "_squad" in name}


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
        hidden = [
            await post(url, message("tools/call", {"name": "call_tool", "arguments": each}))
            for each in ({"tool_name": name, "arguments": {}} for name in UNSEEN)
        ]
    assert failures(wrong).keys() == {"config.tool_exposure"}
    assert names == ["search_tools", "get_tool_schema", "call_tool"]
    assert "search_tools" in directly["message"] + directly.get("hint", "")
    assert through["id"] == ORG
    # One that is out of scope is as one that never was; what is offered instead is in scope.
    for name, answer in zip(UNSEEN, hidden, strict=True):
        error = answer.json()["error"]
        said, _, advice = error["message"].partition("; ")
        assert (error["code"], said) == (-32602, f"there is no tool named {name!r} here")
        assert not {word.strip("?,.") for word in advice.split()} & set(NAMES) - named(*READS)

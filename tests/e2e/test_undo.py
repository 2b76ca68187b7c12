"""What clients change is named to them, kept, shown and taken back, on every way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mcp
import orjson
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import TextResourceContents

from tests.e2e.test_local_writes import local, vapi
from tests.support.app import ACCOUNT
from tests.support.app import hosted as served
from tests.support.e2e.connecting import answer_of
from tests.support.e2e.shell import run
from tests.support.upstream import FakeUpstream
from tests.unit.store.test_object_changes import change
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.invocation.writes.undo.change import ChangeFilter
from vapi_mcp.registry.scope import Scope

ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
UPDATE = "update_a_vapi_assistant_by_id"
TEMPLATE = "vapi://changes/{id}"
BEFORE = {"id": ID, "name": "Anna"}
AFTER = {"id": ID, "name": "Otto"}


def upstream() -> FakeUpstream:
    return FakeUpstream({f"GET /assistant/{ID}": BEFORE, f"PATCH /assistant/{ID}": AFTER})


async def read(client: Any, change_id: str) -> dict[str, Any]:
    content = (await client.read_resource(f"vapi://changes/{change_id}")).contents[0]
    assert isinstance(content, TextResourceContents)
    return orjson.loads(content.text)


@pytest.mark.parametrize("is_fast", [True, False])
async def test_a_change_is_named_in_the_answer_and_the_log_and_read_as_a_resource(
    *, is_fast: bool
) -> None:
    async with served(upstream=upstream(), is_fast=is_fast) as server:
        async with mcp.Client(server.mcp_url) as client:
            answer = answer_of(await client.call_tool(UPDATE, {"id": ID, "name": "Otto"}))
            entries = (await server.store.list_entries(LogFilter(tool_name=UPDATE), Window())).items
            change_id = entries[0].change_id or ""
            shown = await read(client, change_id)
            templates = (await client.list_resource_templates()).resource_templates
    assert answer.notes[-1].startswith(f"change: {change_id}, restorable until ")
    assert shown["diff"] == [{"path": "name", "before": "Anna", "after": "Otto"}]
    assert (shown["before"], shown["after"]) == (BEFORE, AFTER)
    assert not shown.keys() & {"tenant_id", "token_id", "integrated_account_id"}
    assert TEMPLATE in [each.uri_template for each in templates]


async def test_without_days_nothing_is_kept_and_no_template_is_there() -> None:
    async with served(upstream=upstream(), changes_days=0) as server:
        async with mcp.Client(server.mcp_url) as client:
            answer = answer_of(await client.call_tool(UPDATE, {"id": ID, "name": "Otto"}))
            templates = (await client.list_resource_templates()).resource_templates
        kept = await server.store.list_changes(ChangeFilter(), Window())
    assert not any("change:" in note for note in answer.notes)
    assert TEMPLATE not in [each.uri_template for each in templates]
    assert kept.items == ()


@pytest.mark.parametrize(
    ("values", "scope"),
    [
        ({"server_id": "another"}, Scope()),
        ({"account_id": "another"}, Scope()),
        ({"tool": "delete_a_vapi_squad_by_id"}, Scope(tools=frozenset({UPDATE}))),
    ],
)
async def test_a_change_of_another_server_or_tool_is_not_there(
    values: dict[str, Any], scope: Scope
) -> None:
    async with served(upstream=upstream()) as server:
        token = server.add_server(scope)
        own: dict[str, Any] = {"account_id": ACCOUNT.id, "server_id": f"server-{server.made}"}
        await server.store.add_change(change(**{**own, **values}))
        async with mcp.Client(f"{server.url}/mcp/{token}") as client:
            with pytest.raises(MCPError, match="there is no"):
                await read(client, "vapi-change-one")


async def test_values_of_an_object_that_no_tool_here_reads_are_not_shown() -> None:
    async with served(upstream=upstream()) as server:
        token = server.add_server(Scope(tools=frozenset({UPDATE})))
        own: dict[str, Any] = {"account_id": ACCOUNT.id, "server_id": f"server-{server.made}"}
        await server.store.add_change(change("one", **own))
        async with mcp.Client(f"{server.url}/mcp/{token}") as client:
            shown = await read(client, "vapi-change-one")
    assert shown["upstream_id"] == "a1"
    assert not shown.keys() & {"diff", "before", "after"}


async def test_a_change_that_is_too_large_for_an_answer_shows_its_differences() -> None:
    async with served(upstream=upstream()) as server:
        token = server.add_server(config=ServerConfig(max_result_tokens=500))
        large = {**BEFORE, "firstMessage": "many words " * 1000}
        states = {"before": large, "after": {**large, "name": "Otto"}}
        own: dict[str, Any] = {"account_id": ACCOUNT.id, "server_id": f"server-{server.made}"}
        await server.store.add_change(change("one", **own, **states))
        async with mcp.Client(f"{server.url}/mcp/{token}") as client:
            shown = await read(client, "vapi-change-one")
    assert shown["diff"] == [{"path": "name", "before": "Anna", "after": "Otto"}]
    assert not shown.keys() & {"before", "after"}


async def test_the_commands_list_show_and_restore_what_a_local_server_deleted(
    tmp_path: Path,
) -> None:
    async with vapi() as (_, url):
        variables = {
            "VAPI_API_KEY": "sandbox-key",
            "VAPI_BASE_URL": url,
            "VAPI_MCP_DATA_DIR": str(tmp_path),
        }
        async with local(url, tmp_path) as connection:
            made = await connection.call("create_a_vapi_assistant", name="Ada")
            gone = await connection.call("delete_a_vapi_assistant_by_id", id=made.json["id"])
            change_id = gone.notes[-1].split(",")[0].removeprefix("change: ")
            shown = await read(connection.client, change_id)
        listed = await run("changes", "list", "--json", variables=variables)
        told = await run("changes", "show", change_id, "--json", variables=variables)
        restored = await run(
            *("changes", "restore", change_id, "--yes", "--json"), variables=variables
        )
        async with local(url, tmp_path) as connection:
            again = await connection.call(
                "get_single_vapi_assistant_by_id", id=restored.json["upstream_id"]
            )
    assert [each["id"] for each in listed.json] == [change_id]
    assert told.json["before"]["name"] == shown["before"]["name"] == again.json["name"] == "Ada"
    assert told.json["client_name"] == "mcp"
    assert restored.json["upstream_id"] != made.json["id"]

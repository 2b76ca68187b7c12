"""What a config would expose, and what a deletion would take with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import registry
from tests.support.tokens import cost_of
from tests.unit.admin.test_use_cases import OURS, THEIRS, new_account, opened
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.admin.admin import COMMAND_LINE
from vapi_mcp.admin.previews.consequences import Consequences
from vapi_mcp.admin.requests import ConfigWords, NewApiToken, NewServer
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.errors import AdminError
from vapi_mcp.registry.scope import scope_of


@pytest.mark.parametrize("words", [{}, {"methods": ["read"]}, {"tags": ["calls"]}])
async def test_a_preview_has_the_tools_and_nearly_the_tokens_of_the_list(
    words: dict[str, Any],
) -> None:
    async with opened() as administration:
        preview = administration.servers.preview(validated(ConfigWords, words))
    tools = registry().in_scope(scope_of(**words))
    exact = sum(cost_of(tool.definition()).model for tool in tools)
    assert [tool.name for tool in preview.tools] == [tool.name for tool in tools]
    assert abs(preview.tokens - exact) < 0.1 * exact


async def test_a_preview_tells_what_could_ring_cost_or_delete() -> None:
    async with opened() as administration:
        everything = administration.servers.preview(ConfigWords())
        reads = administration.servers.preview(ConfigWords(methods=["read"]))
        calls = administration.servers.preview(ConfigWords(tags=["calls"]))
    counts = {name: len(tools) for name, tools in everything.risks.items()}
    assert counts == {"rings": 3, "texts": 2, "spends": 7, "deletes": 15, "overwrites": 13}
    assert reads.risks == {}
    assert [tool.name for tool in calls.risks["rings"]] == ["create_a_vapi_call"]


async def test_with_discovery_a_list_costs_little_but_the_risks_stay() -> None:
    async with opened() as administration:
        preview = administration.servers.preview(ConfigWords(tool_exposure="discovery"))
    assert (preview.shown, len(preview.tools), preview.tokens < 500) == (3, 86, True)
    assert set(preview.risks) == {"rings", "texts", "spends", "deletes", "overwrites"}


async def test_a_preview_of_nothing_says_which_word_matches_nothing() -> None:
    async with opened() as administration:
        with pytest.raises(AdminError, match="no tool has the tag 'fish'"):
            administration.servers.preview(ConfigWords(tags=["fish"]))


async def test_the_consequences_of_a_deletion_are_counted() -> None:
    async with opened() as administration:
        accounts, servers = administration.accounts, administration.servers
        account = await accounts.create(OURS, new_account())
        other = await accounts.create(OURS, new_account(name="Other"))
        server, _ = await servers.create(OURS, account.id, NewServer(name="s"))
        await servers.create(OURS, other.id, NewServer(name="other"))
        bound: list[dict[str, str]] = [
            {"integrated_account_id": account.id},
            {"integrated_account_id": account.id, "mcp_server_id": server.id},
            {},
        ]
        for values in bound:
            token = validated(NewApiToken, {"name": "t", **values})
            await administration.api_tokens.create(COMMAND_LINE, token)
        assert await accounts.consequences(OURS, account.id) == Consequences(1, 2)
        with pytest.raises(AdminError, match="no account"):
            await accounts.consequences(THEIRS, account.id)


async def test_servers_of_all_accounts_are_listed_for_whoever_sees_them() -> None:
    async with opened() as administration:
        made: list[str] = []
        for actor in (OURS, THEIRS):
            account = await administration.accounts.create(actor, new_account())
            server, _ = await administration.servers.create(actor, account.id, NewServer(name="s"))
            made.append(server.id)
        seen = [
            {server.id for server in (await administration.servers.list_all(who, Window())).items}
            for who in (OURS, THEIRS, COMMAND_LINE)
        ]
    assert seen == [{made[0]}, {made[1]}, set(made)]

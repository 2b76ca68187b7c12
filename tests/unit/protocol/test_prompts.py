"""Prompts and completions over HTTP: what a scope lists, fills in and suggests."""

from __future__ import annotations

from typing import Any

import mcp
import pytest
from mcp import ClientSession
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CompletionArgument,
    PromptReference,
    ResourceTemplateReference,
    TextContent,
)

from tests.support.app import hosted, message, modern, post
from tests.support.clients import Route, connect, every_route
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.registry.scope import Scope, scope_of

ASSISTANTS = [
    {"id": "11aa", "name": "Support"},
    {"id": "22bb", "name": "Renewal Outreach"},
    {"id": "33cc"},
]
READ = scope_of(methods=["read"])
# All four, in the order of their names.
ALL = ["compare_assistants", "debug_call", "grade_calls", "set_up_campaign"]
Client = mcp.Client | ClientSession


async def names_in(client: Client) -> list[str]:
    return [prompt.name for prompt in (await client.list_prompts()).prompts]


async def text_of(client: Client, name: str, **arguments: str) -> str:
    found = await client.get_prompt(name, arguments)
    [told] = found.messages
    assert told.role == "user"
    assert isinstance(told.content, TextContent)
    return told.content.text


async def suggested(client: Client, prompt: str, argument: str, typed: str) -> list[str]:
    asked: Any = {"name": argument, "value": typed}
    found = await client.complete(PromptReference(type="ref/prompt", name=prompt), asked)
    return found.completion.values


@every_route
async def test_prompts_are_listed_filled_in_and_completed(route: Route) -> None:
    async with (
        hosted(upstream=FakeUpstream({"GET /assistant": ASSISTANTS})) as server,
        connect(server, route) as client,
    ):
        assert await names_in(client) == ALL
        text = await text_of(client, "grade_calls", assistant='Ann "the" one', calls="3")
        assert 'Grade the last 3 conversations of the assistant "Ann "the" one"' in text
        assert await suggested(client, "grade_calls", "assistant", "OUT") == ["Renewal Outreach"]


async def test_arguments_say_which_are_required() -> None:
    async with hosted() as server, connect(server, "modern") as client:
        listed = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
    grade = listed["grade_calls"]
    required = {each.name: each.required for each in grade.arguments or []}
    assert required == {"assistant": True, "calls": False, "scorecard": False, "pass_mark": False}
    assert grade.title == "Grade an assistant's last calls"


async def test_prompt_stands_for_the_tools_it_needs() -> None:
    async with hosted(scope=READ) as server, connect(server, "modern") as client:
        assert await names_in(client) == ["debug_call", "grade_calls"]
    tags = scope_of(tags=["assistants"])
    async with hosted(scope=tags) as server, connect(server, "modern") as client:
        assert await names_in(client) == []


@pytest.mark.parametrize("build", [message, modern])
async def test_prompt_out_of_scope_is_as_unknown_as_one_that_is_not_there(build: Any) -> None:
    async with hosted(scope=READ) as server:
        hidden = await post(server.mcp_url, build("prompts/get", {"name": "set_up_campaign"}))
        unknown = await post(server.mcp_url, build("prompts/get", {"name": "set_up_campaigm"}))
    assert hidden.json()["error"]["code"] == INVALID_PARAMS
    assert hidden.text.replace("campaign", "campaigm") == unknown.text


async def test_bad_argument_is_refused_in_words() -> None:
    async with hosted() as server, connect(server, "modern") as client:
        with pytest.raises(MCPError, match="calls is a whole number, 1 to 50"):
            await client.get_prompt("grade_calls", {"assistant": "a", "calls": "0"})


@pytest.mark.parametrize("build", [message, modern])
async def test_cursor_for_the_prompt_list_is_refused(build: Any) -> None:
    async with hosted() as server:
        response = await post(server.mcp_url, build("prompts/list", {"cursor": "x"}))
    assert response.json()["error"]["code"] == INVALID_PARAMS


async def test_modern_list_may_be_cached_for_its_own_client_only() -> None:
    async with hosted() as server:
        result = (await post(server.mcp_url, modern("prompts/list"))).json()["result"]
    assert (result["cacheScope"], result["ttlMs"]) == ("private", 60_000)


async def test_prompt_on_a_discovery_server_says_how_its_steps_are_called() -> None:
    async with hosted() as server:
        config = ServerConfig(tool_exposure="discovery")
        url = f"{server.url}/mcp/{server.add_server(config=config)}"
        asked = {"name": "debug_call", "arguments": {"call": "c1"}}
        answer = (await post(url, modern("prompts/get", asked))).json()
    text: str = answer["result"]["messages"][0]["content"]["text"]
    assert text.startswith("Each step is a call of call_tool: tool_name and, as arguments, its JSO")


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("", ["Support", "Renewal Outreach", "33cc"]),
        ("o", ["Support", "Renewal Outreach"]),
        ("22", ["22bb"]),
        ("bb", []),
        ("nobody", []),
    ],
)
async def test_names_fit_anywhere_and_ids_from_their_beginning(
    typed: str, values: list[str]
) -> None:
    upstream = FakeUpstream({"GET /assistant": ASSISTANTS})
    async with hosted(upstream=upstream) as server, connect(server, "modern") as client:
        assert await suggested(client, "set_up_campaign", "assistant", typed) == values


async def test_nothing_is_suggested_where_nothing_can_be_listed() -> None:
    upstream = FakeUpstream({"GET /assistant": ASSISTANTS})
    without = Scope(exclude_tools=frozenset({"list_all_vapi_assistants"}))
    async with hosted(upstream=upstream, scope=without) as server:
        async with connect(server, "modern") as client:
            assert await suggested(client, "grade_calls", "assistant", "") == []
            assert await suggested(client, "grade_calls", "calls", "1") == []
            assert upstream.requests == []
            upstream.failure = UpstreamFailed("Vapi is away", status=503)
            assert await suggested(client, "debug_call", "call", "") == []
    assert len(upstream.requests) == 1


async def test_completion_for_something_unknown_is_refused() -> None:
    argument = CompletionArgument(name="call", value="")
    template = ResourceTemplateReference(type="ref/resource", uri="vapi://nothing/{call}")
    async with hosted() as server, connect(server, "modern") as client:
        asked: Any = argument.model_dump()
        with pytest.raises(MCPError, match="there is no 'vapi://nothing/"):
            await client.complete(template, asked)
        with pytest.raises(MCPError, match="has no argument 'kall'"):
            await suggested(client, "debug_call", "kall", "")


async def test_completions_count_as_tool_calls_of_the_server() -> None:
    upstream = FakeUpstream({"GET /assistant": ASSISTANTS})
    async with (
        hosted(upstream=upstream, server_calls_per_minute=4) as server,
        connect(server, "modern") as client,
    ):
        for _ in range(3):
            assert not (await client.call_tool("list_all_vapi_assistants", {})).is_error
        found = [await suggested(client, "grade_calls", "assistant", "22") for _ in range(2)]
    assert found == [["22bb"], []]
    assert len(upstream.requests) == 4


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("assistant", "x" * 1_001, "argument.value must be at most 1,000 characters, not 1,001"),
        ("a" * 2_001, "x", "argument.name must be at most 2,000 characters, not 2,001"),
    ],
)
async def test_a_completion_of_more_than_anybody_types_is_refused(
    name: str, value: str, told: str
) -> None:
    async with hosted() as server, connect(server, "modern") as client:
        with pytest.raises(MCPError) as caught:
            await suggested(client, "grade_calls", name, value)
    assert (caught.value.code, caught.value.message) == (INVALID_PARAMS, told)


async def test_a_resource_of_a_name_without_end_is_not_there() -> None:
    async with hosted() as server, connect(server, "modern") as client:
        with pytest.raises(MCPError, match=r"there is no 'vapi://schema/x+' here"):
            await client.read_resource(f"vapi://schema/{'x' * 100_000}")

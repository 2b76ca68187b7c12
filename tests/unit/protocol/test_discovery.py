from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import orjson
import pytest
from mcp import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, TextContent

from tests.support import tokens
from tests.support.app import Hosted, hosted, message, modern, post, registry
from tests.support.clients import Route, connect, every_route
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.errors import InvalidArguments, UnknownTool
from vapi_mcp.protocol.discovery import Discovery, seen_through
from vapi_mcp.protocol.greeting.instructions import SEARCH_FIRST, instructions_for
from vapi_mcp.registry.scope import EVERYTHING, FULL, Scope, scope_of

DISCOVERY = ServerConfig(tool_exposure="discovery")
READING = ServerConfig(tool_exposure="discovery", methods=("read",))
NAMES = ["search_tools", "get_tool_schema", "call_tool"]
GET = "get_single_vapi_assistant_by_id"
ADA = {"id": "a1", "name": "Ada"}


@cache
def discovery() -> Discovery:
    return Discovery(registry())


def looked_up(name: str, scope: Scope = EVERYTHING, **arguments: Any) -> Any:
    return orjson.loads(discovery().look_up(name, arguments, scope).text)


def narrowed(server: Hosted, config: ServerConfig) -> Hosted:
    """Return the same app with the token of one more server."""
    return replace(server, token=server.add_server(config=config))


def json_of(result: Any) -> Any:
    assert isinstance(result, CallToolResult)
    block = result.content[0]
    assert isinstance(block, TextContent)
    return orjson.loads(block.text)


@every_route
async def test_a_client_searches_reads_a_schema_and_calls(route: Route) -> None:
    upstream = FakeUpstream({"GET /assistant/a1": ADA})
    async with hosted(upstream=upstream) as server:
        async with connect(narrowed(server, DISCOVERY), route) as client:
            listed = [tool.name for tool in (await client.list_tools()).tools]
            hits = json_of(await client.call_tool("search_tools", {"query": "show an assistant"}))
            name = hits["tools"][0]["name"]
            schema = json_of(await client.call_tool("get_tool_schema", {"tool_names": [name]}))
            required = schema["tools"][0]["inputSchema"]["required"]
            wanted = {"tool_name": name, "arguments": dict.fromkeys(required, "a1")}
            answer = await client.call_tool("call_tool", wanted)
    assert listed == NAMES
    assert (name, required) == (GET, ["id"])
    assert json_of(answer) == ADA
    assert [request.path for request, _ in upstream.requests] == ["/assistant/a1"]


@every_route
async def test_a_tool_called_by_its_name_points_to_the_three(route: Route) -> None:
    async with hosted() as server:
        async with connect(narrowed(server, DISCOVERY), route) as client:
            result = await client.call_tool(GET, {"id": "a1"})
    assert isinstance(result, CallToolResult)
    assert result.is_error
    said = json_of(result)["message"]
    assert all(name in said for name in NAMES)
    assert server.upstream.requests == []


@every_route
async def test_out_of_scope_looks_the_same_as_unknown_by_name_and_by_call_tool(
    route: Route,
) -> None:
    outside, nowhere = "create_a_vapi_run", "create_a_vapi_pun"
    said: list[tuple[int, str]] = []
    async with hosted() as server:
        async with connect(narrowed(server, READING), route) as client:
            for name in (outside, nowhere):
                for call in ((name, {"id": "c1"}), ("call_tool", {"tool_name": name})):
                    with pytest.raises(MCPError) as caught:
                        await client.call_tool(*call)
                    error = caught.value.error
                    said.append((error.code, error.message.replace(name, "it")))
    assert set(said) == {(INVALID_PARAMS, said[0][1])}
    assert said[0][1] == "there is no tool named 'it' here; search_tools finds them"
    assert server.upstream.requests == []


@every_route
async def test_without_discovery_the_three_do_not_exist(route: Route) -> None:
    async with hosted() as server, connect(server, route) as client:
        for name in NAMES:
            with pytest.raises(MCPError) as caught:
                await client.call_tool(name, {"query": "calls"})
            assert caught.value.error.code == INVALID_PARAMS


@every_route
async def test_call_tool_answers_errors_as_the_tool_itself_does(route: Route) -> None:
    async with hosted() as server:
        async with connect(server, route) as client:
            direct = await client.call_tool(GET, {"ident": "a1"})
        async with connect(narrowed(server, DISCOVERY), route) as client:
            wrapped = await client.call_tool(
                "call_tool", {"tool_name": GET, "arguments": {"ident": "a1"}}
            )
    assert isinstance(wrapped, CallToolResult)
    assert wrapped.is_error
    assert json_of(wrapped) == json_of(direct)


async def test_instructions_say_to_search_first_only_where_one_has_to() -> None:
    initialize = message(
        "initialize",
        {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    )
    async with hosted() as server:
        for greeting in (initialize, modern("server/discover")):
            told = (await post(server.mcp_url, greeting)).json()["result"]["instructions"]
            assert told == instructions_for(registry(), EVERYTHING, ServerConfig())
            assert SEARCH_FIRST not in told
            searching = narrowed(server, DISCOVERY).mcp_url
            told = (await post(searching, greeting)).json()["result"]["instructions"]
            assert told == instructions_for(registry(), EVERYTHING, DISCOVERY)
            assert told.split("\n\n")[1] == SEARCH_FIRST


async def test_a_query_string_narrows_what_is_found_and_called() -> None:
    search = {"name": "search_tools", "arguments": {"query": "delete a call", "limit": 20}}
    call = {"name": "call_tool", "arguments": {"tool_name": "delete_a_vapi_call_by_id"}}
    async with hosted() as server:
        url = f"{narrowed(server, DISCOVERY).mcp_url}?methods=read"
        found = (await post(url, message("tools/call", search))).json()["result"]
        refused = (await post(url, message("tools/call", call))).json()["error"]
    hits = orjson.loads(found["content"][0]["text"])["tools"]
    assert {hit["effect"] for hit in hits} == {"read"}
    assert refused["code"] == INVALID_PARAMS


async def test_the_audit_log_names_the_tool_that_call_tool_ran() -> None:
    search = {"name": "search_tools", "arguments": {"query": "squads"}}
    call = {"name": "call_tool", "arguments": {"tool_name": GET, "arguments": {"id": "a1"}}}
    async with hosted() as server:
        url = narrowed(server, DISCOVERY).mcp_url
        for params in (search, call):
            await post(url, message("tools/call", params))
    page = await server.store.list_entries(LogFilter(), Window(limit=9))
    told = [(row.tool_name, row.resource, row.arguments) for row in reversed(page.items)]
    assert told == [("search_tools", None, {"query": "squads"}), (GET, "assistants", {"id": "a1"})]


def test_the_whole_list_costs_at_most_500_tokens() -> None:
    listed = discovery().definitions(EVERYTHING)
    assert tokens.count(listed) <= tokens.MOST_FOR_DISCOVERY
    costs = tokens.discovery_costs()
    assert sum(cost.wire for cost in costs) <= tokens.MOST_FOR_DISCOVERY


def test_call_tool_is_read_only_only_when_every_tool_in_scope_is() -> None:
    everything, reading, deleting = (
        discovery().definitions(scope)[-1]["annotations"]
        for scope in (EVERYTHING, scope_of(methods=["read"]), scope_of(methods=["delete"]))
    )
    assert (everything["readOnlyHint"], everything["destructiveHint"]) == (False, True)
    assert (reading["readOnlyHint"], reading["destructiveHint"]) == (True, False)
    assert (deleting["readOnlyHint"], deleting["destructiveHint"]) == (False, True)
    assert (everything["openWorldHint"], deleting["openWorldHint"]) == (True, False)


def test_a_hit_says_what_a_tool_does_and_needs() -> None:
    assert looked_up("search_tools", query="erase a call", limit=1) == {
        "tools": [
            {
                "name": "delete_a_vapi_call_by_id",
                "does": "Erase a call with its transcript and recordings for good; a call that is "
                "still scheduled is cancelled by it.",
                "effect": "delete",
                "required": [],
            }
        ]
    }


@pytest.mark.parametrize("query", ["", "xyzzyplugh", "call", "phone number campaign recording"])
def test_an_answer_of_a_search_stays_small(query: str) -> None:
    assert tokens.count(looked_up("search_tools", query=query)) <= 800


@pytest.mark.parametrize(
    "arguments", [{}, {"query": None}, {"query": ""}, {"query": " "}, {"query": "xyzzyplugh"}]
)
def test_a_search_without_a_hit_names_all_tools_in_scope_by_resource(
    arguments: dict[str, Any],
) -> None:
    grouped = looked_up("search_tools", **arguments)["tools"]
    assert [name for names in grouped.values() for name in names] == [
        t.name for t in registry().in_scope()
    ]
    assert grouped["squads"][0] == "list_all_vapi_squads"


def test_a_search_of_the_full_catalogue_finds_what_the_core_does_not_have() -> None:
    wanted = {"query": "simulate a rude caller against my assistant", "limit": 20}
    core, full = (
        {tool["name"] for tool in looked_up("search_tools", scope, **wanted)["tools"]}
        for scope in (EVERYTHING, FULL)
    )
    assert "create_a_vapi_simulation_run" in full
    assert core <= {tool.name for tool in registry().in_scope()}


@pytest.mark.parametrize("name", registry().tools)
def test_a_schema_is_the_one_of_tools_list(name: str) -> None:
    tool = registry().tools[name]
    (told,) = looked_up("get_tool_schema", FULL, tool_names=[name])["tools"]
    definition = tool.definition()
    shown = {key: told[key] for key in ("name", "description", "inputSchema")}
    assert shown == {key: definition[key] for key in shown}
    # A code is shown where a server asks for confirmations only.
    everything = set(told["more_by_path"]) | set(shown["inputSchema"]["properties"])
    assert everything == tool.arguments.keys() - {"confirmation_code"}


def test_a_misspelt_name_is_answered_beside_the_schemas_of_the_others() -> None:
    result = discovery().look_up(
        "get_tool_schema", {"tool_names": [GET, "create_a_vapi_sqad"]}, EVERYTHING
    )
    assert [tool["name"] for tool in orjson.loads(result.text)["tools"]] == [GET]
    assert "did you mean create_a_vapi_squad" in result.notes[0]
    with pytest.raises(InvalidArguments, match="did you mean create_a_vapi_squad"):
        looked_up("get_tool_schema", tool_names=["create_a_vapi_sqad"])


def test_a_path_gives_one_part_in_full() -> None:
    told = looked_up("get_tool_schema", tool_names=["create_a_vapi_call"], path="customer.number")
    assert told == {
        "name": "create_a_vapi_call",
        "path": "customer.number",
        "schema": {"type": "string", "minLength": 3, "maxLength": 40},
    }


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("search_tools", {"query": ["a"]}, "query must be string, not an array"),
        ("search_tools", {"query": "a", "limit": 99}, "limit must be at most 20"),
        (
            "search_tools",
            {"query": "a", "tags": "calls"},
            "tags is not an argument; use limit, query",
        ),
        ("get_tool_schema", {"tool_names": []}, "tool_names must be at least 1 items"),
        ("get_tool_schema", {"tool_names": ["a"] * 6}, "tool_names must be at most 5 items"),
        ("get_tool_schema", {"tool_names": ["a", "b"], "path": "x"}, "path needs exactly one name"),
    ],
)
def test_wrong_arguments_of_a_look_up_are_refused_in_words(
    name: str, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidArguments, match=words):
        looked_up(name, **arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "tool_name is required"),
        ({"tool_name": 7.5}, "tool_name must be string"),
        ({"tool_name": GET, "arguments": ["a1"]}, "arguments must be object, not an array"),
        ({"tool_name": GET, "arguments": "a1"}, "arguments must be object, not text"),
        ({"tool_name": GET, "id": "a1"}, "a tool's own arguments go into `arguments`"),
    ],
)
def test_wrong_arguments_of_call_tool_are_refused_in_words(
    arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidArguments, match=words):
        discovery().called("call_tool", arguments, EVERYTHING)


@pytest.mark.parametrize("given", [{"id": "a1"}, '{"id":"a1"}', ' {"id": "a1"} '])
def test_arguments_as_json_text_are_repaired(given: Any) -> None:
    wrapped = {"tool_name": GET, "arguments": given}
    tool, arguments = discovery().called("call_tool", wrapped, EVERYTHING)
    assert (tool.name, arguments) == (GET, {"id": "a1"})
    assert seen_through("call_tool", wrapped) == (GET, {"id": "a1"})


@pytest.mark.parametrize("given", [{}, {"arguments": None}, {"arguments": {}}])
def test_arguments_may_be_left_out(given: dict[str, Any]) -> None:
    wrapped = {"tool_name": "list_all_vapi_squads", **given}
    assert discovery().called("call_tool", wrapped, EVERYTHING)[1] == {}


@pytest.mark.parametrize("given", [GET, f'["{GET}"]', f"{GET}, {GET}"])
def test_names_as_text_are_repaired(given: str) -> None:
    assert [t["name"] for t in looked_up("get_tool_schema", tool_names=given)["tools"]] == [GET]


def test_near_misses_come_from_the_scope_and_else_from_a_search() -> None:
    reading = scope_of(methods=["read"])
    with pytest.raises(UnknownTool, match="did you mean list_all_vapi_squads"):
        discovery().called("list_all_vapi_squad", {}, reading)
    with pytest.raises(UnknownTool, match="search_tools finds them"):
        discovery().called("frobnicate", {}, reading)


@pytest.mark.parametrize("wrapped", [True, False])
async def test_a_legacy_call_that_wants_a_stream_gets_one_through_call_tool_as_well(
    *, wrapped: bool
) -> None:
    name, arguments = "create_a_vapi_chat", {"input": "Hi", "assistantId": "a1", "stream": True}
    through = {"tool_name": name, "arguments": orjson.dumps(arguments).decode()}
    params = (
        {"name": "call_tool", "arguments": through}
        if wrapped
        else {"name": name, "arguments": arguments}
    )
    upstream = FakeUpstream({"POST /chat": {"id": "c1"}})
    async with hosted(upstream=upstream) as server:
        config = DISCOVERY if wrapped else ServerConfig()
        call = message("tools/call", {**params, "_meta": {"progressToken": 1}})
        response = await post(narrowed(server, config).mcp_url, call)
    assert response.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("arguments", [None, [], "x", {"tool_name": 7, "arguments": 7}])
def test_seeing_through_a_malformed_call_does_not_fail(arguments: Any) -> None:
    assert len(seen_through("call_tool", arguments)) == 2
    assert seen_through("other", arguments) == ("other", arguments)


async def test_instructions_of_a_server_that_only_reads_say_so_first() -> None:
    initialize = message(
        "initialize",
        {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    )
    async with hosted() as server:
        for greeting in (initialize, modern("server/discover")):
            url = f"{server.mcp_url}?methods=read"
            told = (await post(url, greeting)).json()["result"]["instructions"]
            assert told.startswith("This server only reads one account of Vapi")
            assert not {"dry_run", "idempotency_key", "confirmation_code"} & set(told.split())
            assert "ring real people" not in told

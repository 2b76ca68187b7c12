from __future__ import annotations

from typing import Any

import orjson
import pytest
from mcp import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, TextContent

from tests.support.app import MODERN, hosted, message, modern, post, registry
from tests.support.clients import Route, connect, every_route
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.errors import UpstreamRejected
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.registry.scope import EVERYTHING, Scope

LIST = "list_all_vapi_assistants"
READ_ONLY = Scope(methods=frozenset({"read"}))
EMPTY = {"result": [], "next_cursor": None, "prev_cursor": None, "result_count": 0}


def answer_of(result: Any) -> Any:
    assert isinstance(result, CallToolResult)
    block = result.content[0]
    assert isinstance(block, TextContent)
    return orjson.loads(block.text)


@every_route
async def test_official_client_sees_every_definition_unchanged(route: Route) -> None:
    async with hosted() as server, connect(server, route) as client:
        listed = await client.list_tools()
    shown = [tool.model_dump(by_alias=True, exclude_none=True) for tool in listed.tools]
    assert shown == [tool.definition() for tool in registry().in_scope()]


@every_route
async def test_official_client_gets_the_answer_of_a_call(route: Route) -> None:
    upstream = FakeUpstream({"GET /assistant/a1": {"id": "a1", "name": "Ada"}})
    async with hosted(upstream=upstream) as server, connect(server, route) as client:
        empty = await client.call_tool(LIST, {})
    assert answer_of(empty) == EMPTY
    request, account = upstream.requests[0]
    assert (request.method, request.path, account.name) == ("GET", "/assistant", "Acme")


@every_route
async def test_scope_hides_tools_from_lists_and_calls(route: Route) -> None:
    async with hosted(scope=READ_ONLY) as server, connect(server, route) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        with pytest.raises(MCPError) as caught:
            await client.call_tool("delete_a_vapi_call_by_id", {"id": "c1"})
    assert names == {tool.name for tool in registry().in_scope(READ_ONLY)}
    assert caught.value.error.code == INVALID_PARAMS
    assert server.upstream.requests == []


@every_route
async def test_upstream_refusal_is_a_result_the_model_reads(route: Route) -> None:
    upstream = FakeUpstream()
    upstream.failure = UpstreamRejected("no such thing", status=404, hint="list first")
    async with hosted(upstream=upstream) as server, connect(server, route) as client:
        result = await client.call_tool(LIST, {})
    assert isinstance(result, CallToolResult)
    assert result.is_error
    assert answer_of(result) == {
        "statusCode": 404,
        "error": "Not Found",
        "message": "no such thing",
        "hint": "list first",
        "documentation": "https://docs.vapi.ai/api-reference/assistants/list",
    }


@every_route
async def test_unexpected_failure_is_an_id_that_the_log_knows(
    route: Route, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = FakeUpstream()
    upstream.failure = RuntimeError("secret-of-the-upstream")
    async with hosted(upstream=upstream) as server, connect(server, route) as client:
        result = await client.call_tool(LIST, {})
    assert isinstance(result, CallToolResult)
    assert result.is_error
    answer = answer_of(result)
    assert answer["statusCode"] == 500
    [line] = [r.getMessage() for r in caplog.records if answer["id"] in r.getMessage()]
    assert "RuntimeError" in line
    assert "upstream.py" in line
    assert "secret-of-the-upstream" not in caplog.text + str(answer)


CAPABILITIES = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
    "tools": {"listChanged": False},
}


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
async def test_initialize_accepts_every_handshake_version(version: str) -> None:
    params = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    async with hosted() as server:
        response = await post(server.mcp_url, message("initialize", params))
    result = response.json()["result"]
    assert result["protocolVersion"] == version
    assert result["capabilities"] == CAPABILITIES
    assert result["serverInfo"]["name"] == "vapi-mcp"
    assert result["instructions"] == instructions_for(registry(), EVERYTHING, ServerConfig())
    assert len(response.headers["mcp-session-id"]) <= 1024


async def test_discover_declares_tools_events_and_private_caching() -> None:
    async with hosted() as server:
        result = (await post(server.mcp_url, modern("server/discover"))).json()["result"]
    assert result["supportedVersions"] == [MODERN]
    events = {"events": {}, "extensions": {"io.modelcontextprotocol/events": {}}}
    assert result["capabilities"] == {**CAPABILITIES, **events}
    assert (result["cacheScope"], result["ttlMs"]) == ("private", 60_000)


async def test_modern_list_may_be_cached_for_its_own_client_only() -> None:
    async with hosted() as server:
        result = (await post(server.mcp_url, modern("tools/list"))).json()["result"]
    assert (result["cacheScope"], result["ttlMs"]) == ("private", 60_000)


async def test_unknown_version_is_told_the_known_ones() -> None:
    request = modern("tools/list")
    request["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01"
    async with hosted() as server:
        response = await post(server.mcp_url, request, extra={"MCP-Protocol-Version": "2099-01-01"})
    assert response.status_code == 400
    assert response.json()["error"]["data"]["supported"] == [MODERN]


@pytest.mark.parametrize("build", [message, modern])
async def test_unknown_tool_looks_like_one_out_of_scope(build: Any) -> None:
    def call(name: str) -> Any:
        return build("tools/call", {"name": name, "arguments": {}})

    async with hosted(scope=Scope(tools=frozenset({LIST}))) as server:
        hidden = await post(server.mcp_url, call("create_a_vapi_campaign"))
        unknown = await post(server.mcp_url, call("xxxxxx_x_xxxx_xxxxxxxx"))
    assert hidden.status_code == unknown.status_code
    assert hidden.json()["error"]["code"] == INVALID_PARAMS
    same = hidden.text.replace("create_a_vapi_campaign", "xxxxxx_x_xxxx_xxxxxxxx")
    assert same == unknown.text


@pytest.mark.parametrize("build", [message, modern])
async def test_cursor_for_the_tool_list_is_refused(build: Any) -> None:
    async with hosted() as server:
        response = await post(server.mcp_url, build("tools/list", {"cursor": "x"}))
    assert response.json()["error"]["code"] == INVALID_PARAMS

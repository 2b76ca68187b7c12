from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from mcp_types import CallToolResult, TextContent

from tests.support.app import Hosted, hosted
from tests.support.clients import Route, connect, every_route
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Exposure, ServerConfig
from vapi_mcp.errors import UpstreamRejected
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.protocol.results import answer_of

LIST, GET, RUN = (
    "list_all_vapi_squads",
    "get_single_vapi_squad_by_id",
    "create_a_vapi_analytics",
)
QUERY = {"queries": [{"table": "call", "name": "n", "operations": []}]}
RANGE = "The time range selects calls by when they were placed"
ANSWERS = {"GET /squad/s1": {"id": "s1"}, "POST /analytics": [{"name": "n"}]}


def structured(server: Hosted, exposure: Exposure = "all") -> Hosted:
    config = ServerConfig(structured_content=True, tool_exposure=exposure)
    return replace(server, token=server.add_server(config=config))


def both(result: Any) -> tuple[Any, Any]:
    assert isinstance(result, CallToolResult)
    block = result.content[0]
    assert isinstance(block, TextContent)
    return orjson.loads(block.text), result.structured_content


@every_route
async def test_a_server_that_asks_for_it_answers_with_structured_content_too(route: Route) -> None:
    upstream = FakeUpstream(ANSWERS)
    async with hosted(upstream=upstream) as server, connect(structured(server), route) as client:
        listed = both(await client.call_tool(LIST, {}))
        one = both(await client.call_tool(GET, {"id": "s1"}))
        several = both(await client.call_tool(RUN, QUERY))
        upstream.failure = UpstreamRejected("no such thing", status=404)
        failed = both(await client.call_tool(GET, {"id": "s2"}))
        upstream.failure = RuntimeError("broken")
        broken = both(await client.call_tool(GET, {"id": "s3"}))
    assert listed[1].pop("now").endswith("Z")
    assert listed[0] == listed[1]
    assert listed[1]["result_count"] == 0
    note = "id 's1' is not a UUID, as Vapi's ids are"
    assert one == ({"id": "s1"}, {"notes": [note], "id": "s1"})
    assert several[1].pop("now").endswith("Z")
    notes = several[1].pop("notes")
    assert several == ([{"name": "n"}], {"result": [{"name": "n"}]})
    assert [each.partition(" (")[0] for each in notes] == [RANGE]
    assert failed[0] == failed[1]
    assert failed[1]["statusCode"] == 404
    assert broken[0] == broken[1]


async def test_structured_content_goes_through_call_tool() -> None:
    upstream = FakeUpstream(ANSWERS)
    async with hosted(upstream=upstream) as server:
        async with connect(structured(server, "discovery"), "modern") as client:
            call = {"tool_name": GET, "arguments": {"id": "s1"}}
            called = both(await client.call_tool("call_tool", call))
            found = both(await client.call_tool("search_tools", {"query": "squads"}))
    note = "id 's1' is not a UUID, as Vapi's ids are"
    assert called == ({"id": "s1"}, {"notes": [note], "id": "s1"})
    assert found[0] == found[1]


@every_route
async def test_other_servers_answer_without_it(route: Route) -> None:
    async with hosted() as server, connect(server, route) as client:
        assert both(await client.call_tool(LIST, {}))[1] is None


@pytest.mark.parametrize(
    ("text", "structure"),
    [("{}", {}), ("[]", {"result": []}), ("null", {"result": None}), ("7", {"result": 7})],
)
def test_structured_content_is_always_an_object(text: str, structure: dict[str, Any]) -> None:
    assert answer_of(ToolResult(text), structured=True).structure == structure

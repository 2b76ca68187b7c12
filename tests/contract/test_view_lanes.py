"""A client that shows views gets the same of both lanes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.contract.lanes import Reply, both_lanes
from tests.contract.pipe_lanes import both_pipe_lanes
from tests.support.app import LEGACY, RING, headers_of, message, modern
from vapi_mcp.protocol.apps.announcement import EXTENSION, MEDIA_TYPE
from vapi_mcp.protocol.apps.view_data import KEY
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.security.signing import Signer

_SHOWS_VIEWS = {"extensions": {EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}}
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_CALL = {
    "id": "call-1",
    "type": "webCall",
    "status": "ended",
    "endedReason": "customer-ended-call",
    "cost": 0.01,
    "artifact": {"messages": [{"role": "bot", "message": "Grüße", "secondsFromStart": 1}]},
}
_FIGURES = [{"name": "calls", "result": [{"countid": 5}]}]
_GET = "get_single_vapi_call_by_id"
_REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("tools/list", {}),
    ("tools/call", {"name": _GET, "arguments": {"id": "call-1"}}),
    ("tools/call", {"name": "list_all_vapi_mono_recordings", "arguments": {"id": "call-1"}}),
    ("tools/call", {"name": "list_all_vapi_calls", "arguments": {}}),
    (
        "tools/call",
        {
            "name": "create_a_vapi_analytics",
            "arguments": {
                "queries": [
                    {
                        "name": "calls",
                        "table": "call",
                        "operations": [{"operation": "count", "column": "id"}],
                    }
                ]
            },
        },
    ),
]


def shown(content: Any) -> Any:
    """Return what an answer has for views: of a result, or of each tool in a list."""
    result = content["result"]
    views = (tool.get("_meta") for tool in result.get("tools", ()))
    return {"list": [each for each in views if each], "data": result.get("_meta")}


@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize(("method", "params"), _REQUESTS)
async def test_a_modern_client_with_views_is_answered_alike(
    method: str, params: dict[str, Any], structured: bool
) -> None:
    request = modern(method, {**params, "_meta": {_CAPABILITIES: _SHOWS_VIEWS}})
    async with both_lanes() as lanes:
        token = lanes.serve(structured_content=structured)
        is_chart = params.get("name") == "create_a_vapi_analytics"
        lanes.answer(Reply(body=orjson.dumps(_FIGURES if is_chart else _CALL)))

        _, taken = await lanes.same(request, token=token)

    assert taken


@pytest.mark.parametrize(("method", "params"), _REQUESTS)
async def test_a_client_that_shook_hands_with_views_is_answered_alike(
    method: str, params: dict[str, Any]
) -> None:
    async with both_lanes() as lanes:
        is_chart = params.get("name") == "create_a_vapi_analytics"
        lanes.answer(Reply(body=orjson.dumps(_FIGURES if is_chart else _CALL)))
        request = message(method, params)
        hello = {"clientInfo": {"name": "x", "version": "1"}, "capabilities": _SHOWS_VIEWS}
        session = ClientNames(Signer(RING, "client")).session_id(hello, "server-1")
        headers = {**headers_of(request), "MCP-Protocol-Version": LEGACY}

        with_views, taken = await lanes.same(
            request, headers=[*headers.items(), ("Mcp-Session-Id", session)]
        )
        without, _ = await lanes.same(request, headers=[*headers.items()])

    assert taken
    seen, unseen = shown(with_views.content), shown(without.content)
    assert unseen == {"list": [], "data": None}
    assert (seen != unseen) is (params.get("name") != "list_all_vapi_calls")


async def test_discoveries_offer_views_alike_where_the_server_has_some() -> None:
    request = modern("server/discover", {"_meta": {_CAPABILITIES: _SHOWS_VIEWS}})
    async with both_lanes() as lanes:
        everything, taken = await lanes.same(request)
        few, _ = await lanes.same(request, token=lanes.serve(tool_exposure="discovery"))
        plain, _ = await lanes.same(modern("server/discover"))

    assert taken
    offered = {EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}
    plainly = plain.content["result"]["capabilities"]["extensions"]
    assert everything.content["result"]["capabilities"]["extensions"] == {**plainly, **offered}
    assert EXTENSION not in plainly
    assert EXTENSION not in few.content["result"]["capabilities"]["extensions"]


async def test_a_handshake_offers_views_to_a_client_that_shows_some() -> None:
    hello = {
        "protocolVersion": LEGACY,
        "clientInfo": {"name": "x", "version": "1"},
        "capabilities": _SHOWS_VIEWS,
    }
    async with both_lanes() as lanes:
        with_views, taken = await lanes.same(message("initialize", hello))
        without, _ = await lanes.same(message("initialize", {**hello, "capabilities": {}}))

    assert taken
    assert EXTENSION in with_views.content["result"]["capabilities"]["extensions"]
    assert "extensions" not in without.content["result"]["capabilities"]


@pytest.mark.parametrize("is_modern", [False, True])
async def test_over_a_pipe_both_lanes_answer_a_client_with_views_alike(is_modern: bool) -> None:
    hello = {
        "protocolVersion": LEGACY,
        "clientInfo": {"name": "x", "version": "1"},
        "capabilities": _SHOWS_VIEWS,
    }
    meta = {"_meta": {_CAPABILITIES: _SHOWS_VIEWS}} if is_modern else {}
    build = modern if is_modern else message
    opening = modern("server/discover", meta) if is_modern else message("initialize", hello)
    with both_pipe_lanes() as lanes:
        async with lanes.talking() as talk:
            greeting, _ = await talk.same(opening | {"id": "hello"})
            if not is_modern:
                talk.tell({"jsonrpc": "2.0", "method": "notifications/initialized"})
            for place, (method, params) in enumerate(_REQUESTS):
                is_chart = params.get("name") == "create_a_vapi_analytics"
                lanes.answer(Reply(body=orjson.dumps(_FIGURES if is_chart else _CALL)))
                answer, taken = await talk.same(build(method, {**params, **meta}) | {"id": place})
                assert taken
                if method == "tools/list":
                    assert len(shown(answer)["list"]) == 8
                elif params["name"] == _GET:
                    assert shown(answer)["data"][KEY]["turns"][0]["text"] == "Grüße"
                    assert shown(answer)["data"][KEY]["recording"] is None
                elif is_chart:
                    assert shown(answer)["data"][KEY]["charts"]

    offered = {EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}
    assert greeting["result"]["capabilities"]["extensions"] == offered


async def test_only_the_links_to_views_differ_between_the_lists_of_two_clients() -> None:
    with_views = modern("tools/list", {"_meta": {_CAPABILITIES: _SHOWS_VIEWS}})
    async with both_lanes() as lanes:
        seen, _ = await lanes.same(with_views)
        plain, _ = await lanes.same(modern("tools/list"))

    tools = seen.content["result"]["tools"]
    linked = [tool.pop("_meta") for tool in tools if "_meta" in tool]
    assert len(linked) == 8
    assert tools == plain.content["result"]["tools"]

"""A user is asked wherever their client can: in both eras, and else through a preview."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import mcp
import orjson
import pytest
from mcp import ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, ElicitRequestFormParams, ElicitResult, TextContent

from tests.support.app import Hosted, hosted, modern, post
from tests.support.registry import NAMES
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import ServerConfig

TOOL = "delete_a_vapi_call_by_id"
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
ARGUMENTS = {"id": ID}
CONFIG = ServerConfig(confirm="destructive")
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


class User:
    """What is asked, and the answer."""

    def __init__(self, action: Any = "accept", **content: Any) -> None:
        self.asked: list[str] = []
        self.agrees = action == "accept"
        self._answer = ElicitResult(action=action, content=content or None)

    async def __call__(self, context: Any, params: Any) -> ElicitResult:
        del context
        assert isinstance(params, ElicitRequestFormParams)
        self.asked.append(params.message)
        return self._answer


@asynccontextmanager
async def connected(
    server: Hosted, route: str, token: str, user: User | None
) -> AsyncGenerator[mcp.Client | ClientSession]:
    if route == "modern":
        url = f"{server.url}/mcp/{token}"
        async with mcp.Client(url, elicitation_callback=user) as client:
            yield client
        return
    transport = (
        sse_client(f"{server.url}/sse/{token}")
        if route == "sse"
        else streamable_http_client(f"{server.url}/mcp/{token}")
    )
    async with (
        transport as streams,
        ClientSession(*streams[:2], elicitation_callback=user) as session,
    ):
        await session.initialize()
        yield session


def said(result: Any) -> dict[str, Any]:
    assert isinstance(result, CallToolResult)
    block = result.content[0]
    assert isinstance(block, TextContent)
    return orjson.loads(block.text)


def written(server: Hosted) -> list[str]:
    """Return the methods of what was sent, without what a preview looked up."""
    sent = (request.method for request, _ in server.upstream.requests)
    return [method for method in sent if method != "GET"]


@pytest.mark.parametrize("route", ["modern", "sse"])
async def test_a_user_who_agrees_is_asked_once_and_the_write_is_sent(route: str) -> None:
    user = User(confirm=True)
    async with hosted(upstream=FakeUpstream()) as server:
        token = server.add_server(config=CONFIG)
        async with connected(server, route, token, user) as client:
            await client.call_tool(TOOL, ARGUMENTS)
        assert written(server) == ["DELETE"]
    [question] = user.asked
    assert question.startswith("Erase a call?")
    assert ID in question


@pytest.mark.parametrize("route", ["modern", "sse"])
@pytest.mark.parametrize("user", [User("decline"), User(confirm=False)])
async def test_a_user_who_does_not_agree_is_obeyed(route: str, user: User) -> None:
    async with hosted(upstream=FakeUpstream()) as server:
        token = server.add_server(config=CONFIG)
        async with connected(server, route, token, user) as client:
            error = said(await client.call_tool(TOOL, ARGUMENTS))
        assert "did not agree" in error["message"]
        assert written(server) == []


@pytest.mark.parametrize("route", ["modern", "sse"])
async def test_a_question_that_is_closed_unanswered_is_no_refusal(route: str) -> None:
    """Claude Code 2.1.332 without a terminal and VoltAgent 2.10.0 answer `cancel` by themselves."""
    async with hosted(upstream=FakeUpstream()) as server:
        token = server.add_server(config=CONFIG)
        async with connected(server, route, token, User("cancel")) as client:
            first = said(await client.call_tool(TOOL, ARGUMENTS))
            assert written(server) == []
            assert "closed the question unanswered" in first["what_to_do"]
            code = {"confirmation_code": first["confirmation_code"]}
            await client.call_tool(TOOL, {**ARGUMENTS, **code})
        assert written(server) == ["DELETE"]


@pytest.mark.parametrize("route", ["modern", "legacy", "sse"])
async def test_where_nobody_can_be_asked_a_preview_brings_a_code(route: str) -> None:
    async with hosted(upstream=FakeUpstream()) as server:
        token = server.add_server(config=CONFIG)
        async with connected(server, route, token, None) as client:
            first = said(await client.call_tool(TOOL, ARGUMENTS))
            assert written(server) == []
            code = {"confirmation_code": first["confirmation_code"]}
            await client.call_tool(TOOL, {**ARGUMENTS, **code})
            assert len(written(server)) == 1
            again = said(await client.call_tool(TOOL, {**ARGUMENTS, **code}))
        assert "not valid for this call" in again["message"]
        assert len(written(server)) == 1


@pytest.mark.parametrize("route", ["modern", "legacy", "sse"])
async def test_a_server_that_takes_codes_only_asks_no_client(route: str) -> None:
    user = User(confirm=True)
    async with hosted(upstream=FakeUpstream()) as server:
        token = server.add_server(config=ServerConfig(confirm="destructive", confirm_by="code"))
        async with connected(server, route, token, user) as client:
            first = said(await client.call_tool(TOOL, ARGUMENTS))
            code = {"confirmation_code": first["confirmation_code"]}
            await client.call_tool(TOOL, {**ARGUMENTS, **code})
        assert written(server) == ["DELETE"]
    assert user.asked == []


@pytest.mark.parametrize("route", ["modern", "legacy", "sse"])
@pytest.mark.parametrize("user", [None, User("cancel"), User(confirm=True)])
async def test_a_server_that_takes_answers_only_says_who_cannot_give_one(
    route: str, user: User | None
) -> None:
    async with hosted(upstream=FakeUpstream()) as server:
        token = server.add_server(config=ServerConfig(confirm="destructive", confirm_by="question"))
        async with connected(server, route, token, user) as client:
            [tool] = [each for each in (await client.list_tools()).tools if each.name == TOOL]
            answer = said(await client.call_tool(TOOL, ARGUMENTS))
        sent = written(server)
    assert "confirmation_code" not in tool.input_schema["properties"]
    if user is not None and user.agrees and route != "legacy":
        assert sent == ["DELETE"]
        return
    assert "takes consent only as the user's answer to a question" in answer["message"]
    assert sent == []


@pytest.mark.parametrize("user", [None, User(confirm=True)])
async def test_a_legacy_client_that_could_ask_hears_why_it_is_not(user: User | None) -> None:
    """Langchain, mcp-use, ADK, VoltAgent and Codex declare elicitation over legacy HTTP."""
    async with hosted(upstream=FakeUpstream()) as server:
        token = server.add_server(config=CONFIG)
        async with connected(server, "legacy", token, user) as client:
            first = said(await client.call_tool(TOOL, ARGUMENTS))
            code = {"confirmation_code": first["confirmation_code"]}
            await client.call_tool(TOOL, {**ARGUMENTS, **code})
        assert written(server) == ["DELETE"]
    assert ("cannot carry a question" in first["what_to_do"]) is (user is not None)


async def test_a_code_is_shown_only_where_a_tool_waits_for_it() -> None:
    async with hosted() as server:
        token = server.add_server(config=CONFIG)
        async with connected(server, "modern", token, None) as client:
            tools = (await client.list_tools()).tools
        async with connected(server, "modern", server.token, None) as client:
            plain = (await client.list_tools()).tools
    shown = {t.name for t in tools if "confirmation_code" in t.input_schema["properties"]}
    assert shown == {name for name in NAMES if name.startswith("delete_a_")}
    assert not any("confirmation_code" in t.input_schema["properties"] for t in plain)


async def test_discovery_shows_a_code_only_where_a_tool_waits_for_it() -> None:
    async with hosted() as server:
        names = {"tool_names": [TOOL, "create_a_vapi_call"]}
        config = ServerConfig(confirm="destructive", tool_exposure="discovery")
        token = server.add_server(config=config)
        async with connected(server, "modern", token, None) as client:
            tools = said(await client.call_tool("get_tool_schema", names))["tools"]
    assert "confirmation_code" in tools[0]["inputSchema"]["properties"]
    assert "confirmation_code" not in str(tools[1])


async def _raw(server: Hosted, token: str, **params: Any) -> dict[str, Any]:
    able = {"_meta": {_CAPABILITIES: {"elicitation": {"form": {}}}}}
    call = modern("tools/call", {"name": TOOL, "arguments": ARGUMENTS, **able, **params})
    return (await post(f"{server.url}/mcp/{token}", call)).json()["result"]


def _yes(state: str | None) -> dict[str, Any]:
    agreed = {"confirm": {"action": "accept", "content": {"confirm": True}}}
    return {"inputResponses": agreed, **({"requestState": state} if state else {})}


async def test_what_a_client_makes_up_is_no_consent() -> None:
    """No state, a made-up one, another server's, other arguments, and the same one again."""
    async with hosted(upstream=FakeUpstream()) as server:
        token, other = (server.add_server(config=CONFIG) for _ in range(2))
        asked = await _raw(server, token)
        assert asked["resultType"] == "input_required"
        state = asked["requestState"]
        changed = {"id": ID.replace("5", "6")}
        for refused in (
            await _raw(server, token, **_yes(None)),
            await _raw(server, token, **_yes("made-up")),
            await _raw(server, other, **_yes(state)),
            await _raw(server, token, **{**_yes(state), "arguments": changed}),
        ):
            assert refused["isError"] is True
        assert written(server) == []
        await _raw(server, token, **_yes(state))
        assert len(written(server)) == 1
        assert (await _raw(server, token, **_yes(state)))["isError"] is True
        assert len(written(server)) == 1


async def test_a_code_works_in_another_process() -> None:
    async with hosted(upstream=FakeUpstream()) as one, hosted(beside=one) as two:
        token = one.add_server(config=CONFIG)
        async with connected(one, "legacy", token, None) as client:
            code = said(await client.call_tool(TOOL, ARGUMENTS))["confirmation_code"]
        async with connected(two, "legacy", token, None) as client:
            await client.call_tool(TOOL, {**ARGUMENTS, "confirmation_code": code})
        assert len(written(two)) == 1

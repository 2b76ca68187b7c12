"""Chats with `stream: true`: their text arrives while Vapi still writes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from mcp_types import CallToolResult, TextContent

from tests.support.app import BOTH, headers_of, hosted, message, modern, post
from tests.support.clients import Route, connect, every_route
from tests.support.event_streams import open_stream
from tests.support.upstream import LiveUpstream
from vapi_mcp.accounts.records import ServerConfig

CHAT = "create_a_vapi_chat"
ASKED: dict[str, Any] = {"assistantId": "a1", "input": "hello", "stream": True}
CALL: dict[str, Any] = {"name": CHAT, "arguments": ASKED, "_meta": {"progressToken": "p"}}


def event(delta: str) -> bytes:
    said = {"id": "c1", "path": "chat.output[0].content", "delta": delta}
    return b"data: " + orjson.dumps(said) + b"\n\n"


class Listener:
    """What a client is told while it waits."""

    def __init__(self) -> None:
        self.heard: list[str | None] = []
        self.steps: list[float] = []
        self.spoken_to = asyncio.Event()

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        self.heard.append(message)
        self.steps.append(progress)
        self.spoken_to.set()


def said_in(result: Any) -> Any:
    assert isinstance(result, CallToolResult)
    assert not result.is_error
    block = result.content[0]
    assert isinstance(block, TextContent)
    return orjson.loads(block.text)["output"][0]["content"]


@every_route
async def test_the_first_text_arrives_before_vapi_sends_the_second(route: Route) -> None:
    upstream, listener = LiveUpstream(), Listener()
    async with (
        hosted(upstream=upstream) as server,
        connect(server, route) as client,
        asyncio.timeout(5),
    ):
        upstream.say(event("Hel"))
        asking = asyncio.create_task(client.call_tool(CHAT, ASKED, progress_callback=listener))
        await listener.spoken_to.wait()
        assert (listener.heard, asking.done()) == (["Hel"], False)
        upstream.say(event("lo"), None)
        result = await asking
    assert listener.heard == ["Hel", "lo"]
    assert listener.steps == [1, 2]
    assert said_in(result) == "Hello"


@every_route
async def test_a_call_through_discovery_streams_as_well(route: Route) -> None:
    upstream, listener = LiveUpstream(), Listener()
    config = ServerConfig(tool_exposure="discovery")
    async with hosted(upstream=upstream) as server, asyncio.timeout(5):
        narrowed = replace(server, token=server.add_server(config=config))
        async with connect(narrowed, route) as client:
            upstream.say(event("Hel"), event("lo"), None)
            arguments = {"tool_name": CHAT, "arguments": ASKED}
            result = await client.call_tool("call_tool", arguments, progress_callback=listener)
    assert listener.heard == ["Hel", "lo"]
    assert said_in(result) == "Hello"


@pytest.mark.parametrize("build", [message, modern])
@pytest.mark.parametrize(
    ("meta", "accept"),
    [({}, BOTH), ({"_meta": {"progressToken": 1}}, "application/json")],
    ids=["no progress token", "no event stream accepted"],
)
async def test_who_does_not_listen_gets_the_final_object_only(
    build: Any, meta: dict[str, Any], accept: str
) -> None:
    upstream = LiveUpstream()
    upstream.say(event("Hel"), event("lo"), None)
    request = build("tools/call", {"name": CHAT, "arguments": ASKED, **meta})
    async with hosted(upstream=upstream) as server:
        answer = await post(server.mcp_url, request, accept=accept)
    assert answer.headers["content-type"].startswith("application/json")
    content = answer.json()["result"]["content"]
    assert orjson.loads(content[0]["text"])["output"][0]["content"] == "Hello"


async def test_an_sse_client_without_a_progress_token_is_sent_the_answer_only() -> None:
    upstream = LiveUpstream()
    upstream.say(event("Hel"), event("lo"), None)
    request = message("tools/call", {"name": CHAT, "arguments": ASKED}, id="chat")
    async with hosted(upstream=upstream) as server:
        async with open_stream(server.url, server.token) as stream:
            await stream.start()
            assert (await stream.ask(request))["id"] == "chat"


@pytest.mark.parametrize("build", [message, modern])
async def test_a_client_that_leaves_a_stream_cancels_it_upstream(
    build: Any, caplog: pytest.LogCaptureFixture
) -> None:
    upstream, request = LiveUpstream(), build("tools/call", CALL)
    upstream.say(event("Hel"))
    async with hosted(upstream=upstream) as server, asyncio.timeout(5):
        async with (
            httpx.AsyncClient(trust_env=False) as client,
            client.stream(
                "POST",
                server.mcp_url,
                content=orjson.dumps(request),
                headers=headers_of(request),
            ) as answer,
        ):
            await anext(answer.aiter_bytes())
        await upstream.cancelled.wait()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("build", [message, modern])
async def test_a_server_that_is_deleted_cancels_its_streams_upstream(build: Any) -> None:
    upstream, request = LiveUpstream(), build("tools/call", CALL)
    upstream.say(event("Hel"))
    async with (
        hosted(upstream=upstream) as server,
        asyncio.timeout(5),
        httpx.AsyncClient(trust_env=False) as client,
        client.stream(
            "POST", server.mcp_url, content=orjson.dumps(request), headers=headers_of(request)
        ) as answer,
    ):
        arriving = answer.aiter_bytes()
        assert b"Hel" in await anext(arriving)
        server.store.remove("server-0")
        async with asyncio.timeout(1):
            await upstream.cancelled.wait()


async def test_an_sse_stream_of_a_deleted_server_cancels_its_chat_upstream() -> None:
    upstream, request = LiveUpstream(), message("tools/call", CALL, id="chat")
    upstream.say(event("Hel"))
    async with hosted(upstream=upstream) as server, asyncio.timeout(5):
        async with open_stream(server.url, server.token) as stream:
            await stream.start()
            told = await stream.ask(request)
            assert told["params"] == {"progressToken": "p", "progress": 1, "message": "Hel"}
            server.store.remove("server-0")
            async with asyncio.timeout(1):
                await upstream.cancelled.wait()


async def test_a_cancel_notification_over_sse_cancels_the_chat_upstream() -> None:
    upstream, request = LiveUpstream(), message("tools/call", CALL, id="chat")
    upstream.say(event("Hel"))
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled"}
    async with hosted(upstream=upstream) as server, asyncio.timeout(5):
        async with open_stream(server.url, server.token) as stream:
            await stream.start()
            await stream.ask(request)
            await stream.post({**cancel, "params": {"requestId": "chat"}})
            await upstream.cancelled.wait()

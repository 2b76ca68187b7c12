from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest
from mcp import ClientSession
from mcp.client.sse import sse_client

from tests.support.app import BOTH, headers_of, hosted, message, modern
from tests.support.upstream import FakeUpstream
from vapi_mcp.registry.scope import FULL

JSON = "application/json"
LIST: dict[str, Any] = {"name": "list_all_vapi_assistants", "arguments": {}}
CHAT: dict[str, Any] = {
    "name": "create_a_vapi_chat",
    "arguments": {"assistantId": "a1", "input": "hello", "stream": True},
    "_meta": {"progressToken": 1},
}


@pytest.mark.parametrize(
    ("request_", "accept"),
    [
        (message("tools/call", LIST), JSON),
        (message("tools/call", CHAT), BOTH),
        (modern("tools/call", LIST), JSON),
        (modern("tools/call", LIST), BOTH),
        (message("tools/call", CHAT), JSON),
        (modern("tools/call", CHAT), JSON),
    ],
    ids=[
        *("legacy as JSON", "legacy as a stream", "modern as JSON", "modern as a stream"),
        *("legacy chat as JSON", "modern chat as JSON"),
    ],
)
async def test_client_that_leaves_cancels_the_upstream_request(
    request_: dict[str, Any], accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    upstream = FakeUpstream(hold=True)
    async with hosted(upstream=upstream) as server, asyncio.timeout(5):
        async with httpx.AsyncClient(trust_env=False) as client:
            headers = headers_of(request_, accept)
            body = orjson.dumps(request_)
            asking = asyncio.create_task(client.post(server.mcp_url, content=body, headers=headers))
            await upstream.entered.wait()
            asking.cancel()
            await asyncio.wait([asking])
        await upstream.cancelled.wait()
    assert [record for record in caplog.records if record.exc_info] == []
    assert "Traceback" not in caplog.text


async def test_sse_client_that_leaves_cancels_the_upstream_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    upstream = FakeUpstream(hold=True)
    async with hosted(upstream=upstream) as server, asyncio.timeout(5):
        async with sse_client(server.sse_url) as streams, ClientSession(*streams) as session:
            await session.initialize()
            asking = asyncio.create_task(session.call_tool(LIST["name"], {}))
            await upstream.entered.wait()
            asking.cancel()
            await asyncio.wait([asking])
        await upstream.cancelled.wait()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("build", [message, modern])
async def test_call_in_flight_is_answered_before_the_process_ends(build: Any) -> None:
    upstream = FakeUpstream(hold=True)
    request = build("tools/call", LIST)
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        hosted(upstream=upstream) as server,
        asyncio.timeout(5),
    ):
        body, headers = orjson.dumps(request), headers_of(request)
        asking = asyncio.create_task(client.post(server.mcp_url, content=body, headers=headers))
        await upstream.entered.wait()
        server.running.stop()
        await server.drain.wait()
        upstream.release.set()
        answer = await asking
    assert answer.status_code == 200
    assert answer.json()["result"]["isError"] is False


async def test_streamed_call_in_flight_is_answered_before_the_process_ends() -> None:
    upstream = FakeUpstream({"POST /chat": {"id": "c1"}}, hold=True)
    request = message("tools/call", CHAT)
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        hosted(upstream=upstream) as server,
        asyncio.timeout(5),
    ):
        body, headers = orjson.dumps(request), headers_of(request)
        asking = asyncio.create_task(client.post(server.mcp_url, content=body, headers=headers))
        await upstream.entered.wait()
        server.running.stop()
        await server.drain.wait()
        upstream.release.set()
        answer = await asking
    assert answer.headers["content-type"].startswith("text/event-stream")
    [data] = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert "c1" in orjson.loads(data)["result"]["content"][0]["text"]


@pytest.mark.parametrize("build", [message, modern])
@pytest.mark.parametrize("meta", [{}, {"_meta": {"progressToken": 1}}], ids=["fast", "sdk"])
async def test_client_that_leaves_ends_a_wait(build: Any, meta: dict[str, Any]) -> None:
    upstream = FakeUpstream(hold=True)
    wait = {"name": "wait_for_a_vapi_call", "arguments": {"id": "c1"}, **meta}
    request = build("tools/call", wait)
    async with hosted(upstream=upstream, scope=FULL) as server, asyncio.timeout(5):
        async with httpx.AsyncClient(trust_env=False) as client:
            headers, body = headers_of(request, BOTH), orjson.dumps(request)
            asking = asyncio.create_task(client.post(server.mcp_url, content=body, headers=headers))
            await upstream.entered.wait()
            asking.cancel()
            await asyncio.wait([asking])
        await upstream.cancelled.wait()
    assert len(upstream.requests) == 1

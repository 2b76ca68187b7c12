"""The limits of a server as its clients meet them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import httpx
import orjson
import pytest

from tests.support.app import LEGACY, MODERN, hosted, message, modern, post, send
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.http.mcp.bytes_in_work import BytesInWork
from vapi_mcp.upstream.shares import Shares

LIST: dict[str, Any] = {"name": "list_all_vapi_assistants", "arguments": {}}


def is_error(answer: httpx.Response) -> bool:
    return answer.json()["result"]["isError"]


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the error object of a tool result, which is no failure of the protocol."""
    assert answer.status_code == 200, answer.text
    assert is_error(answer)
    return orjson.loads(answer.json()["result"]["content"][0]["text"])


@pytest.mark.parametrize("make", [message, modern], ids=[LEGACY, MODERN])
async def test_call_beyond_the_limit_is_a_result_that_tells_a_model_when_to_come_back(
    make: Any,
) -> None:
    async with hosted(server_calls_per_minute=2) as server:
        for _ in range(2):
            assert not is_error(await post(server.mcp_url, make("tools/call", LIST)))
        refused = await post(server.mcp_url, make("tools/call", LIST))
        other = await post(f"{server.url}/mcp/{server.add_server()}", make("tools/call", LIST))
    page = await server.store.list_entries(LogFilter(statuses=(429, 429)), Window(limit=10))
    error = error_of(refused)
    assert error == {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "This server's own limit is reached: 2 calls a minute. Nothing was done; try "
        f"again in {error['retry_after']} seconds.",
        "retry_after": error["retry_after"],
        "ratelimit-limit": 2,
        "ratelimit-remaining": 0,
        "ratelimit-reset": error["retry_after"],
    }
    assert 25 <= error["retry_after"] <= 30
    assert not is_error(other)
    assert len(server.upstream.requests) == 3
    assert [entry.tool_name for entry in page.items] == [LIST["name"]]


async def test_other_requests_beyond_the_limit_are_429_with_retry_after() -> None:
    async with hosted(server_calls_per_minute=2) as server:
        answers = [await post(server.mcp_url, message("tools/list")) for _ in range(3)]
        told = await post(
            server.mcp_url, {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}
        )
        called = await post(server.mcp_url, message("tools/call", LIST))
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 25 <= int(answers[2].headers["retry-after"]) <= 30
    assert answers[2].json()["id"] == 1
    assert "2 requests a minute besides calls" in answers[2].json()["error"]["message"]
    assert told.status_code == 202
    assert not is_error(called)


async def test_calls_wait_shortly_for_each_other_before_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vapi_mcp.accounts.rate_limits._PATIENCE", 0.1)
    upstream = FakeUpstream(hold=True)
    async with hosted(upstream=upstream, server_calls_at_once=1) as server:
        first = asyncio.create_task(post(server.mcp_url, message("tools/call", LIST)))
        await upstream.entered.wait()
        error = error_of(await post(server.mcp_url, message("tools/call", LIST)))
        monkeypatch.setattr("vapi_mcp.accounts.rate_limits._PATIENCE", 10)
        second = asyncio.create_task(post(server.mcp_url, message("tools/call", LIST)))
        upstream.release.set()
        answers = await asyncio.gather(first, second)
    assert (error["statusCode"], error["retry_after"]) == (429, 1)
    assert not any(map(is_error, answers))


async def test_messages_beyond_the_bytes_that_a_server_may_have_in_work_are_429(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BytesInWork, "most", 4096)
    upstream = FakeUpstream(hold=True)
    call = message("tools/call", {**LIST, "_meta": {"padding": "x" * 700}})
    async with hosted(upstream=upstream, max_request_bytes=1024) as server:
        other = f"{server.url}/mcp/{server.add_server()}"
        held: list[asyncio.Task[httpx.Response]] = []
        for _ in range(2):
            upstream.entered.clear()
            held.append(asyncio.create_task(post(server.mcp_url, call)))
            await upstream.entered.wait()
        refused = await post(server.mcp_url, call)
        listed = await post(other, message("tools/list"))
        upstream.release.set()
        answers = [*await asyncio.gather(*held), await post(server.mcp_url, call)]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["error"]["message"] == (
        "This server's own limit is reached: 2048 bytes of messages at once. Nothing was done; "
        "try again in a second."
    )
    assert listed.status_code == 200
    assert not any(map(is_error, answers))


async def test_call_without_a_share_of_the_connections_is_not_sent_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its idempotency key is free again, since nothing was done."""
    monkeypatch.setattr("vapi_mcp.hosting.shared_parts.Shares", partial(Shares, 4))
    monkeypatch.setattr("vapi_mcp.upstream.shares._PATIENCE", 0.02)
    upstream = FakeUpstream({"POST /assistant": {"id": "a1"}}, hold=True)
    named = {"name": "Ava", "idempotency_key": "order-17"}
    create = message("tools/call", {"name": "create_a_vapi_assistant", "arguments": named})
    async with hosted(upstream=upstream) as server:
        first = asyncio.create_task(post(server.mcp_url, message("tools/call", LIST)))
        await upstream.entered.wait()
        error = error_of(await post(server.mcp_url, create))
        metrics = (await send("GET", f"{server.url}/metrics")).text
        upstream.release.set()
        again = await post(server.mcp_url, create)
        await first
    message_, call = error["message"], error["next_call"]
    assert message_.startswith("This server's own limit is reached: 1 requests to Vapi at once")
    assert call == {"tool": "create_a_vapi_assistant", "arguments": named}
    assert (error["statusCode"], error["retry_after"], is_error(again)) == (429, 1, False)
    assert [request.method for request, _ in upstream.requests] == ["GET", "POST"]
    assert 'vapi_mcp_upstream_places_refused_total{share="account"} 1.0' in metrics
    assert 'vapi_mcp_upstream_requests_total{method="POST"' not in metrics


async def test_streams_beyond_the_limit_are_refused_until_one_closes() -> None:
    async with hosted(server_streams=1) as server:
        async with httpx.AsyncClient(trust_env=False) as client:
            async with client.stream("GET", server.sse_url) as first:
                refused = await client.get(server.sse_url)
            async with asyncio.timeout(5):
                while await status_of_stream(client, server.sse_url) != 200:
                    pass
    assert first.status_code == 200
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert "1 open event streams; close one" in refused.json()["error"]["message"]


async def status_of_stream(client: httpx.AsyncClient, url: str) -> int:
    async with client.stream("GET", url) as answer:
        return answer.status_code

"""Requests about tasks: each looks once, and only what lasts ends a task."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.app import Hosted, hosted, message, modern, post
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.errors import UpstreamFailed, UpstreamRejected
from vapi_mcp.protocol.tasks.announcement import EXTENSION
from vapi_mcp.registry.scope import FULL, Scope

ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
CALL = {"id": ID, "status": "in-progress"}
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
TAKING = {"_meta": {CAPABILITIES: {"extensions": {EXTENSION: {}}}}}
PLACE = f"GET /call/{ID}"
WAIT = {"name": "wait_for_a_vapi_call", "arguments": {"id": ID}}


async def asked(url: str, method: str, **params: Any) -> dict[str, Any]:
    return (await post(url, modern(method, {**params, **TAKING}))).json()


async def begun(server: Hosted) -> dict[str, Any]:
    return (await asked(server.mcp_url, "tools/call", **WAIT))["result"]


async def test_a_call_that_runs_is_a_task_after_one_look() -> None:
    upstream = FakeUpstream({PLACE: CALL})
    async with hosted(upstream=upstream, scope=FULL) as server:
        task = await begun(server)
    assert len(upstream.requests) == 1
    assert task.pop("_meta").keys() == {"io.modelcontextprotocol/serverInfo"}
    assert task.pop("createdAt") <= task.pop("lastUpdatedAt")
    assert isinstance(task.pop("taskId"), str)
    assert task == {
        "resultType": "task",
        "status": "working",
        "statusMessage": "in-progress",
        "ttlMs": 86_400_000,
        "pollIntervalMs": 5000,
    }


async def test_a_task_that_is_over_has_the_result_of_the_call() -> None:
    upstream = FakeUpstream({PLACE: CALL})
    async with hosted(upstream=upstream, scope=FULL) as server:
        task = await begun(server)
        upstream.answers[PLACE] = {**CALL, "status": "ended", "endedReason": "customer-busy"}
        over = (await asked(server.mcp_url, "tasks/get", taskId=task["taskId"]))["result"]
        whole = (await asked(server.mcp_url, "tools/call", **WAIT))["result"]
    assert (over["resultType"], over["status"]) == ("complete", "completed")
    assert (over["taskId"], over["createdAt"]) == (task["taskId"], task["createdAt"])
    whole.pop("_meta")
    assert over["result"] == whole
    assert orjson.loads(whole["content"][0]["text"])["endedReasonClass"] == "no_contact"


@pytest.mark.parametrize(
    "failure",
    [
        UpstreamFailed("Vapi did not answer.", status=502),
        UpstreamRejected("Vapi says: too many requests", status=429),
    ],
)
async def test_a_failure_that_passes_leaves_a_task_working(failure: Exception) -> None:
    upstream = FakeUpstream({PLACE: CALL})
    async with hosted(upstream=upstream, scope=FULL) as server:
        task = await begun(server)
        upstream.failure = failure
        still = (await asked(server.mcp_url, "tasks/get", taskId=task["taskId"]))["result"]
    assert (still["status"], still["statusMessage"]) == ("working", str(failure))


async def test_a_failure_that_lasts_completes_a_task_with_the_error() -> None:
    upstream = FakeUpstream({PLACE: CALL})
    async with hosted(upstream=upstream, scope=FULL) as server:
        task = await begun(server)
        upstream.failure = UpstreamRejected("Vapi says: Not Found", status=404)
        over = (await asked(server.mcp_url, "tasks/get", taskId=task["taskId"]))["result"]
    assert (over["status"], over["result"]["isError"]) == ("completed", True)


async def test_a_task_of_another_server_is_not_there() -> None:
    upstream = FakeUpstream({PLACE: CALL})
    async with hosted(upstream=upstream, scope=FULL) as server:
        task = await begun(server)
        other = server.add_server(FULL)
        url = f"{server.url}/mcp/{other}"
        refused = await asked(url, "tasks/get", taskId=task["taskId"])
    assert refused["error"]["message"] == (
        "there is no such task on this server, or its time is over"
    )
    assert len(upstream.requests) == 1


async def test_a_task_whose_tool_left_the_scope_is_not_there() -> None:
    async with hosted(upstream=FakeUpstream({PLACE: CALL}), scope=FULL) as server:
        task = await begun(server)
        url = f"{server.mcp_url}?tags=assistants"
        refused = await asked(url, "tasks/get", taskId=task["taskId"])
    assert "no such task" in refused["error"]["message"]


async def test_an_old_revision_has_no_tasks() -> None:
    upstream = FakeUpstream({PLACE: {**CALL, "status": "ended"}})
    async with hosted(upstream=upstream, scope=FULL) as server:
        refused = (await post(server.mcp_url, message("tasks/get", {"taskId": "x"}))).json()
        whole = (await post(server.mcp_url, message("tools/call", WAIT))).json()
    assert refused["error"]["code"] == -32601
    assert "resultType" not in whole["result"]


async def test_a_wait_found_by_discovery_is_a_task_too() -> None:
    config = ServerConfig(tool_exposure="discovery", catalogue="full")
    async with hosted(upstream=FakeUpstream({PLACE: CALL})) as server:
        url = f"{server.url}/mcp/{server.add_server(Scope(catalogue='full'), config=config)}"
        call = {"tool_name": WAIT["name"], "arguments": WAIT["arguments"]}
        task = (await asked(url, "tools/call", name="call_tool", arguments=call))["result"]
        still = (await asked(url, "tasks/get", taskId=task["taskId"]))["result"]
    assert (task["resultType"], still["status"]) == ("task", "working")

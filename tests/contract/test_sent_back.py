"""Whatever is saved can be read and sent back with a change: no check of ours is in its way."""

from __future__ import annotations

import httpx
import orjson
import pytest

from tests.contract.test_payloads import GRANT
from tests.support.invocation import ResultInvoker
from tests.support.sandbox import HandClock, fresh_world
from tests.support.writes import registry
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.registry.tool import Tool
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.client import UpstreamClient

# A few of each kind; a hundred calls are one kind.
_MOST = 15
# Provider resources have a path of two ids.
UPDATES = [
    tool
    for tool in registry().in_scope()
    if tool.spec.effect == "update" and tool.operation.path.count("{") == 1
]


@pytest.mark.parametrize("tool", UPDATES, ids=lambda tool: tool.name)
async def test_what_was_read_passes_as_an_update(tool: Tool) -> None:
    app = create_sandbox(facts=load_facts(), world=fresh_world(1), clock=HandClock())
    client = UpstreamClient(max_answer_bytes=10_000_000, transport=httpx.ASGITransport(app))
    path = tool.operation.path.removesuffix("/{id}")
    renamed = {"name": "renamed"} if "name" in tool.arguments else {}

    async def open_records() -> MemoryStore:
        return MemoryStore()

    async with client:
        pipeline = WritePipeline(registry(), open_records, HandClock())
        invoker = ResultInvoker(client, registry(), pipeline)
        answer = await client.send(UpstreamRequest("GET", path), GRANT.account)
        page = orjson.loads(answer.body)
        found = page if isinstance(page, list) else page["results"]
        assert found
        for saved in found[:_MOST]:
            await invoker.invoke(tool, {**saved, **renamed, "dry_run": True}, GRANT)

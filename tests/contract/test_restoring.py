"""Whatever a tool updates or deletes in the sandbox can be restored, or says why not."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest

from tests.contract.test_payloads import GRANT
from tests.support.sandbox import HandClock, fresh_world
from tests.support.writes import registry
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.invocation.writes.undo.change import ObjectChange
from vapi_mcp.invocation.writes.undo.former_state import settable
from vapi_mcp.invocation.writes.undo.keeper import ChangeKeeper
from vapi_mcp.invocation.writes.undo.restorer import Restorer
from vapi_mcp.registry.tool import Tool
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.upstream.client import UpstreamClient

_WRITES = [tool for tool in registry().in_scope() if tool.spec.effect in ("update", "delete")]
# The resources of providers have these in their path.
PROVIDER = {"provider": "11labs", "resourceName": "pronunciation-dictionary"}
UPDATES = [tool for tool in _WRITES if tool.spec.effect == "update"]
DELETIONS = [tool for tool in _WRITES if tool.spec.effect == "delete"]
# What Vapi sets itself.
STAMPS = frozenset({"id", "orgId", "createdAt", "updatedAt", "versionId"})
# The deletions that nothing takes back, as creating such an object again costs money, rings
# people, needs a file or would keep a copy of what people said.
FINAL = frozenset(
    f"delete_a_vapi_{each}_by_id"
    for each in ("call", "chat", "session", "campaign", "phone_number", "file", "eval_run")
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A sandbox with what keeps and restores its changes."""

    client: UpstreamClient
    invoker: Invoker
    restorer: Restorer
    store: MemoryStore

    async def first_at(self, path: str) -> str:
        return (await self._all_at(path))[0]["id"]

    async def _all_at(self, path: str) -> list[dict[str, Any]]:
        answer = await self.client.send(UpstreamRequest("GET", path), GRANT.account)
        page = orjson.loads(answer.body)
        return page if isinstance(page, list) else page["results"]

    async def saved(self, path: str, object_id: str) -> dict[str, Any]:
        request = UpstreamRequest("GET", f"{path}/{object_id}")
        answer = await self.client.send(request, GRANT.account)
        found = orjson.loads(answer.body)
        found = found.get("resource", found)
        return {k: v for k, v in found.items() if k not in STAMPS and v is not None}

    async def changed(self, tool: Tool, **arguments: Any) -> ObjectChange:
        outcome = await self.invoker.invoke(tool, arguments, GRANT)
        assert outcome.result.notes[-1].startswith(f"change: {outcome.change_id}")
        found = await self.store.find_change(outcome.change_id or "")
        assert found is not None
        return found


def place_of(tool: Tool) -> tuple[str, dict[str, str]]:
    """Return where the objects of a tool are, and what its calls need besides an id."""
    path = tool.operation.path.removesuffix("/{id}")
    return path.format(**PROVIDER), PROVIDER if "{" in path else {}


@asynccontextmanager
async def bench() -> AsyncGenerator[Bench]:
    app = create_sandbox(facts=load_facts(), world=fresh_world(1), clock=HandClock())
    store = MemoryStore()

    async def opened() -> MemoryStore:
        return store

    async with UpstreamClient(
        max_answer_bytes=10_000_000, transport=httpx.ASGITransport(app)
    ) as client:
        keeper = ChangeKeeper(opened, 30, HandClock())
        pipeline = WritePipeline(registry(), opened, HandClock(), keeper)
        invoker = Invoker(client, registry(), pipeline)
        yield Bench(client, invoker, Restorer(registry(), invoker, client, opened), store)


@pytest.mark.parametrize("tool", UPDATES, ids=lambda tool: tool.name)
async def test_an_update_is_taken_back_by_another(tool: Tool) -> None:
    path, own_place = place_of(tool)
    async with bench() as here:
        object_id = await here.first_at(path)
        before = await here.saved(path, object_id)
        name = next(n for n in ("name", "customerName", "status") if n in tool.arguments)
        change = await here.changed(tool, **own_place, id=object_id, **{name: "renamed"})
        own = settable(tool, before, registry())
        assert (await here.saved(path, object_id))[name] == "renamed"

        restored = await here.restorer.restore(change, GRANT)

        assert restored.object_id == object_id
        now = await here.saved(path, object_id)
        assert {n: now.get(n) for n in own} == {n: before.get(n) for n in own}


@pytest.mark.parametrize("tool", DELETIONS, ids=lambda tool: tool.name)
async def test_a_deletion_is_taken_back_or_says_why_not(tool: Tool) -> None:
    path, own_place = place_of(tool)
    async with bench() as here:
        object_id = await here.first_at(path)
        before = await here.saved(path, object_id)
        change = await here.changed(tool, **own_place, id=object_id)
        if tool.name in FINAL:
            with pytest.raises(WriteHeld, match="cannot be taken back"):
                await here.restorer.restore(change, GRANT)
            return

        restored = await here.restorer.restore(change, GRANT)

        assert restored.outcome.result.text
        assert restored.object_id not in (None, object_id)
        assert await here.saved(path, restored.object_id or "") == before

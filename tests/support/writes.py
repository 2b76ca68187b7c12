"""The pipeline over a Vapi of a test's own, with a ledger and a clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson

from tests.support.upstream import ScriptedUpstream
from vapi_mcp.accounts.records import Account, Grant, Server
from vapi_mcp.invocation.caller import NOBODY, Caller
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.invocation.writes.records import WriteRecords
from vapi_mcp.invocation.writes.undo.change import ChangeRecords
from vapi_mcp.invocation.writes.undo.keeper import ChangeKeeper
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.registry.scope import EVERYTHING, Scope
from vapi_mcp.security.credential import Credential
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.store.memory.memory_store import MemoryStore

CALL = "create_a_vapi_call"
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
NUMBER = "+14155550123"
ORDER: Mapping[str, Any] = {
    "assistantId": ID,
    "phoneNumberId": ID,
    "customer": {"number": NUMBER},
}


@cache
def registry() -> Registry:
    specs = load_specs()
    return build_registry(specs.tools, load_facts(), synonyms=specs.synonyms, local_files=True)


def reply(body: Any, status: int = 201) -> UpstreamResponse:
    """Return what Vapi answers."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return UpstreamResponse(status, {"content-type": "application/json"}, raw)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Vapi:
    """An upstream that counts its writes and answers each with a number of its own.

    answer: what it gives instead, or makes to raise. With `hold`, each write waits for `release`.
    reads: what is answered by `METHOD /path` without counting as a write.
    """

    def __init__(self, *, hold: bool = False) -> None:
        self.writes: list[UpstreamRequest] = []
        self.read: list[UpstreamRequest] = []
        self.reads: dict[str, Any] = {}
        self.answer: UpstreamResponse | Callable[[], Exception] | None = None
        self.arrived = asyncio.Event()
        self.release = asyncio.Event()
        if not hold:
            self.release.set()
        self.upstream = ScriptedUpstream(self._answer)

    async def _answer(self, request: UpstreamRequest) -> UpstreamResponse:
        if (known := self.reads.get(f"{request.method} {request.path}")) is not None:
            self.read.append(request)
            return known if isinstance(known, UpstreamResponse) else reply(known, 200)
        if request.method == "GET":
            return reply({"id": ID}, 200)
        self.writes.append(request)
        count = len(self.writes)
        self.arrived.set()
        await self.release.wait()
        if callable(self.answer):
            raise self.answer()
        return self.answer or reply({"id": f"call-{count}", "status": "queued", "cost": 0.5})


class Stage:
    """One server of an account, and what is behind it."""

    def __init__(
        self,
        vapi: Vapi | None = None,
        *,
        records: WriteRecords | None = None,
        open_records: Callable[[], Awaitable[WriteRecords]] | None = None,
        clock: Clock | None = None,
        upstream: ScriptedUpstream | None = None,
        account: str = "account",
        scope: Scope = EVERYTHING,
        keep_days: int = 0,
        **config: Any,
    ) -> None:
        self.vapi = vapi or Vapi()
        self.clock = clock or Clock()
        self.changes = MemoryStore()
        self.records = records or self.changes
        self.caller: Caller = NOBODY
        acme = Account(account, "Acme", Credential("sk-secret"), "https://api.vapi.ai")
        made = Server("server", "all", account, scope)
        server = replace(made, config=replace(made.config, **config)) if config else made
        self.grant = Grant(acme, server)
        keeper = ChangeKeeper(self._open_changes, keep_days, self.clock) if keep_days else None
        writes = WritePipeline(registry(), open_records or self._open, self.clock, keeper)
        self.invoker = Invoker(upstream or self.vapi.upstream, registry(), writes)

    def beside(self, **values: Any) -> Stage:
        """Return another one, as if in another process, over the same ledger and Vapi."""
        given: dict[str, Any] = {
            "records": self.records,
            "clock": self.clock,
            "vapi": self.vapi,
            **values,
        }
        return Stage(**given)

    async def call(self, tool: str = CALL, /, **arguments: Any) -> ToolResult:
        """Call a tool; without arguments of its own it is the usual call."""
        own = arguments.keys() - {"idempotency_key", "dry_run", "confirmation_code", "understood"}
        given = arguments if own else {**ORDER, **arguments}
        return (await self.outcome(tool, **given)).result

    async def outcome(self, tool: str = CALL, /, **given: Any) -> Outcome:
        """Return the outcome of a call, which may be a question."""
        return await self.invoker.invoke(registry().find(tool), given, self.grant, self.caller)

    async def _open_changes(self) -> ChangeRecords:
        return self.changes

    async def _open(self) -> WriteRecords:
        return self.records

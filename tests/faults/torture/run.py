"""Kill -9 during writes with idempotency keys, again and again over the same data."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx
import orjson

from tests.faults.torture.toll import Toll
from tests.support.app import headers_of, message
from tests.support.e2e.connecting import command
from tests.support.e2e.stack import small_world
from tests.support.serving import serving
from tests.support.stores import Database
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.specs.facts.facts import load_facts

_TOOL = "create_a_vapi_assistant"
_PATIENCE = 120.0
_ROWS = """
SELECT upstream_id FROM audit_log
WHERE tool_name = :tool AND status BETWEEN 200 AND 299 AND upstream_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often and how hard. answers: a round is killed after at most so many."""

    rounds: int
    clients: int = 8
    answers: int = 40
    latest_kill: float = 0.02
    seed: int = 9


@dataclass(slots=True)
class _Round:
    """The keys of a round and the ids that were answered before the kill."""

    keys: list[str] = field(default_factory=list)
    answered: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Torture:
    """The sandbox, the data directory that outlives each server, and what was counted so far."""

    plan: Plan
    vapi: str
    world: StateSnapshot
    directory: Path
    toll: Toll = field(default_factory=Toll)

    async def run(self) -> Toll:
        """Kill a server in every round; the next one is asked about the keys of the round."""
        draw = random.Random(self.plan.seed)  # noqa: S311 - repeatable
        before = _Round()
        for number in range(self.plan.rounds):
            with self._served() as (process, line):
                async with _client(line) as client:
                    await self._judge(client, before)
                    before = await self._killed(client, process, number, draw)
            await self._look(before)
        with self._served() as (_, line):
            async with _client(line) as client:
                await self._judge(client, before)
        return self.toll

    async def _killed(
        self, client: httpx.AsyncClient, process: Popen[str], number: int, draw: random.Random
    ) -> _Round:
        """Write with many clients, and kill the server at a moment that nothing foretells."""
        made, most, enough = _Round(), draw.randint(1, self.plan.answers), asyncio.Event()
        numbers = count()

        async def write_on() -> None:
            with suppress(httpx.TransportError):
                while True:
                    key = f"{number}-{next(numbers)}"
                    made.keys.append(key)
                    answer = await _write(client, key)
                    self.toll.refused += "id" not in answer
                    made.answered[key] = answer.get("id", "")
                    if len(made.answered) >= most:
                        enough.set()

        writers = [asyncio.create_task(write_on()) for _ in range(self.plan.clients)]
        async with asyncio.timeout(_PATIENCE):
            waiting = asyncio.create_task(enough.wait())
            await asyncio.wait([waiting, *writers], return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise RuntimeError("the server left before it was killed")
            await asyncio.sleep(draw.uniform(0, self.plan.latest_kill))
            process.kill()
            await asyncio.gather(*writers)
        return made

    async def _look(self, made: _Round) -> None:
        """Look at the database as the kill left it, before any server opens it again."""
        database = Database(self.directory)
        [(verdict,)] = await database.run("PRAGMA integrity_check")
        rows = {row[0] for row in await database.run(_ROWS, tool=_TOOL)}
        # As if the time had passed in which a call that was cut off may still be answered.
        await database.run("UPDATE intents SET waits_until = created_at")
        toll = self.toll
        toll.rounds += 1
        toll.keys += len(made.keys)
        toll.answered += len(made.answered)
        toll.rows_missing += len(set(made.answered.values()) - rows)
        toll.broken_databases += verdict != "ok"

    async def _judge(self, client: httpx.AsyncClient, made: _Round) -> None:
        """Repeat every key of a round: what was done is replayed, the rest is told or done now."""
        told = await asyncio.gather(*(_write(client, key) for key in made.keys))
        done = Counter(each["name"] for each in self._assistants())
        for key, answer in zip(made.keys, told, strict=True):
            self._count(key, answer, done[key], made.answered)
        for assistant in list(self._assistants()):
            if assistant["name"] in done and "-" in assistant["name"]:
                del self.world.resources["assistant"][assistant["id"]]

    def _count(
        self, key: str, answer: Mapping[str, Any], times: int, answered: Mapping[str, str]
    ) -> None:
        toll, is_unknown = self.toll, answer.get("outcome") == "unknown"
        toll.done += times == 1
        toll.done_twice += times > 1
        toll.unknown += is_unknown
        toll.answered_and_not_done += key in answered and times == 0
        is_told_otherwise = answered.get(key, answer.get("id")) != answer.get("id")
        is_refused = not is_unknown and "id" not in answer
        toll.told_otherwise_after_restart += is_told_otherwise or is_refused

    def _assistants(self) -> Iterable[dict[str, Any]]:
        return self.world.resources["assistant"].values()

    def _served(self) -> AbstractContextManager[tuple[Popen[str], str]]:
        return command(
            ["serve", "--port", "0", "--data-dir", str(self.directory)],
            VAPI_API_KEY="sandbox-key",
            VAPI_BASE_URL=self.vapi,
            VAPI_MCP_SERVER_CALLS_AT_ONCE="0",
            VAPI_MCP_SERVER_CALLS_PER_MINUTE="0",
        )


async def run(plan: Plan) -> Toll:
    """Run against a simulated Vapi of its own, over a data directory of its own."""
    world = small_world()
    sandbox = create_sandbox(facts=load_facts(), world=world)
    with tempfile.TemporaryDirectory() as directory:
        async with serving(sandbox) as vapi:
            return await Torture(plan, vapi.url, world, Path(directory)).run()


async def _write(client: httpx.AsyncClient, key: str) -> dict[str, Any]:
    arguments = {"name": key, "idempotency_key": key}
    request = message("tools/call", {"name": _TOOL, "arguments": arguments})
    answer = await client.post("", json=request, headers=headers_of(request))
    return orjson.loads(answer.json()["result"]["content"][0]["text"])


def _client(line: str) -> httpx.AsyncClient:
    url = line.rsplit(maxsplit=1)[-1]
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=_PATIENCE)

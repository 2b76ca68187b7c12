"""One run: a server as it is deployed, tenants beside each other, and the audit log afterwards."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from string import ascii_lowercase

import httpx

from tests.faults.soak.slopes import Sample, sample
from tests.faults.soak.tally import Tally
from tests.faults.soak.tenants import Tenant, TenantsVapi, linked
from tests.faults.soak.traffic import WAYS, Client
from tests.support.e2e.connecting import command
from tests.support.serving import serving
from vapi_mcp.security.tokens import API_PREFIX, new_token

_SEED = 10
_ROWS = "SELECT count(*) FROM audit_log WHERE log_type = 'mcp'"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how much. rate: requests a second of all clients together."""

    seconds: float
    rate: float = 20.0
    tenants: int = 4
    servers: int = 2
    large_lists: bool = False
    samples: int = 240
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """The counts of a run and how the server grew in it."""

    plan: Plan
    tally: Tally
    rows: int
    doubled: int
    missing: int
    samples: Sequence[Sample]
    cpu_seconds: float

    @property
    def faults(self) -> list[str]:
        """Return what a run must not have, in words; nothing is the wanted result."""
        tally, asked = self.tally, self.tally.asked.total()
        counts = {
            "mix-ups": tally.mixups,
            "lost answers": tally.lost,
            "refused requests": tally.refused,
            "writes done twice": self.doubled,
            "writes answered and not done": self.missing,
            "audit rows too few or too many": abs(asked - self.rows),
        }
        return [f"{count} {name}" for name, count in counts.items() if count]


async def run(plan: Plan) -> Outcome:
    """Serve, ask, end the server and count what it wrote down."""
    names = [f"tenant-{letter}" for letter in ascii_lowercase[: plan.tenants]]
    tenants = [Tenant(name, f"sandbox-{name}-key") for name in names]
    vapi, tally = TenantsVapi(tenants, large_lists=plan.large_lists), Tally()
    with tempfile.TemporaryDirectory() as directory:
        async with serving(vapi) as place:
            clients, samples, cpu = await _served(plan, tenants, place.url, Path(directory), tally)
        rows = _rows(Path(directory))
    written = [(client.tenant.name, name) for client in clients for name in client.created]
    doubled = sum(times > 1 for times in vapi.created.values())
    missing = sum(vapi.created[each] == 0 for each in written)
    return Outcome(plan, tally, rows, doubled, missing, samples, cpu)


async def _served(
    plan: Plan, tenants: Sequence[Tenant], vapi: str, directory: Path, tally: Tally
) -> tuple[list[Client], list[Sample], float]:
    token = new_token(API_PREFIX)
    settings = {
        "VAPI_MCP_BOOTSTRAP_API_TOKEN": token,
        "VAPI_MCP_UPSTREAM_BASE_URL": vapi,
        "VAPI_MCP_DATA_DIR": str(directory / "data"),
        "VAPI_MCP_WORKERS": str(plan.workers),
    }
    async with AsyncExitStack() as stack:
        process, line = stack.enter_context(command(["serve", "--port", "0"], **settings))
        base = line.split()[-1]
        headers = {"Authorization": f"Bearer {token}"}
        admin = await stack.enter_async_context(
            httpx.AsyncClient(base_url=base, headers=headers, trust_env=False, timeout=30)
        )
        known = [await linked(admin, tenant, plan.servers) for tenant in tenants]
        clients = _clients(known, base, tally)
        samples = await _asked(plan, clients, process.pid)
        return clients, samples, _cpu_seconds(process.pid)


async def _asked(plan: Plan, clients: Sequence[Client], pid: int) -> list[Sample]:
    loop = asyncio.get_running_loop()
    begun, pause = loop.time(), len(clients) / plan.rate
    until = begun + plan.seconds
    samples: list[Sample] = []

    async def look() -> None:
        while (now := loop.time()) < until:
            samples.append(await asyncio.to_thread(sample, pid, now - begun))
            await asyncio.sleep(plan.seconds / plan.samples)

    async with asyncio.TaskGroup() as group:
        group.create_task(look())
        for client in clients:
            group.create_task(client.run(until, pause))
    return samples


def _clients(tenants: Sequence[Tenant], base: str, tally: Tally) -> list[Client]:
    names = {tenant.name for tenant in tenants}
    made = list[Client]()
    for tenant in tenants:
        others = tuple(names - {tenant.name})
        for token, way in product(tenant.tokens, WAYS):
            draw = random.Random(_SEED + len(made))  # noqa: S311 - repeatable
            made.append(Client(base, tenant, token, way, others, tally, draw))
    return made


def _rows(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "data" / "vapi-mcp.db")) as database:
        return database.execute(_ROWS).fetchone()[0]


def _cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / 100

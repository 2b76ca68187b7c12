"""`python -m tests.bench.topologies`: replicas and workers behind nginx, over PostgreSQL."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import aiohttp

from tests.bench.children import started, total_bytes
from tests.bench.questions import GET
from tests.support.e2e.installation import client, new_account, new_server
from tests.support.e2e.replicas import Replica
from tests.support.nginx import example, free_port, running
from tests.support.stores import Database, postgresql
from vapi_mcp.security.tokens import API_PREFIX, new_token

SHAPES = ((1, 1), (1, 2), (2, 2))
_AT_ONCE = 16
_SECONDS = 8.0
_WARM_UP = 2.0
_JSON = {"content-type": "application/json"}
# Limits count, and refuse nothing.
_FREE = {"VAPI_MCP_SERVER_CALLS_PER_MINUTE": "0", "VAPI_MCP_SERVER_CALLS_AT_ONCE": "0"}


@dataclass(frozen=True, slots=True)
class Figures:
    """Calls a second, milliseconds of the slowest hundredth, MiB of all replicas after the load."""

    replicas: int
    workers: int
    rate: float
    p99: float
    mebibytes: float

    def row(self) -> str:
        """Return them as a row of the table in docs/deploy.md."""
        return (
            f"| {self.replicas} x {self.workers} | {self.rate:,.0f} | {self.p99:.0f} | "
            f"{self.mebibytes:.0f} |"
        )


async def measured(
    replicas: int, workers: int, database: Database, directory: Path, seconds: float = _SECONDS
) -> Figures:
    """Measure one topology: gets of an assistant, 16 at once, through nginx."""
    token = new_token(API_PREFIX)
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(started("tests.bench.upstream"))
        vapi = await upstream.first_line()
        houses = [
            Replica(database, vapi, directory / str(n), token, workers=workers, **_FREE)
            for n in range(replicas)
        ]
        for house in houses:
            stack.push_async_callback(asyncio.to_thread, house.stop)
        urls = [await asyncio.to_thread(house.start) for house in houses]
        url = await stack.enter_async_context(_proxied(directory, urls))
        async with client(url, token) as admin:
            opened = await new_server(admin, await new_account(admin))
        mcp = f"{url}/mcp/{opened['token']}"
        await _load(mcp, _WARM_UP)
        times = await _load(mcp, seconds)
        held = sum(total_bytes(house.pid) or 0 for house in houses)
    return Figures(
        replicas, workers, len(times) / seconds, quantiles(times, n=100)[98] * 1000, held / 2**20
    )


@asynccontextmanager
async def _proxied(directory: Path, urls: list[str]) -> AsyncGenerator[str]:
    places = [url.removeprefix("http://") for url in urls]
    if len(places) == 1:
        places.append(f"{places[0]} down")
    port = free_port()
    async with running(directory, port, example(directory, port, places)):
        yield f"http://127.0.0.1:{port}"


async def _load(url: str, seconds: float) -> list[float]:
    """Return how long each call took."""
    body, headers = GET.body(), {**_JSON, **GET.headers(is_modern=False)}
    times: list[float] = []
    until = time.perf_counter() + seconds

    async def ask(http: aiohttp.ClientSession) -> None:
        while (begun := time.perf_counter()) < until:
            async with http.post(url, data=body, headers=headers) as answer:
                assert b'"isError":false' in await answer.read()
            times.append(time.perf_counter() - begun)

    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(ask(http))
    return times


def main() -> None:
    """Measure each shape, and print a table."""
    print("| replicas x workers | calls/s | p99 ms | MiB |\n| --- | ---: | ---: | ---: |")
    with postgresql() as server, tempfile.TemporaryDirectory() as place:
        for number, (replicas, workers) in enumerate(SHAPES):
            directory = Path(place) / str(number)
            directory.mkdir()
            database = Database(server.another(f"shape{number}"))
            figures = asyncio.run(measured(replicas, workers, database, directory))
            print(figures.row(), flush=True)


if __name__ == "__main__":
    main()

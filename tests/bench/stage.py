"""All processes of a run, started, checked and ready to be asked."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.children import Child, started
from tests.bench.lanes import FLOOR, HTTP_LEGACY, HTTP_MODERN, HttpLane, Lane, StdioLane
from tests.bench.pipe import piped
from tests.bench.questions import QUESTIONS, TOOLS, verify

_RETRY_SECONDS = 0.005
_TRIES = 6_000


@dataclass(frozen=True, slots=True)
class Start:
    """How a process of ours begins: seconds from its start to the first answer, bytes it holds."""

    seconds: float
    resident: int | None


@dataclass(frozen=True, slots=True)
class Stage:
    """The lanes in the order they are measured; `starts` by the name of the command."""

    lanes: tuple[Lane, ...]
    starts: Mapping[str, Start]
    commands: Mapping[str, Child]


@asynccontextmanager
async def set_stage() -> AsyncGenerator[Stage]:
    """Start the upstream, the floor and the server in both forms; end them all on exit.

    Raises:
        ValueError: The server answers a question wrongly.
    """
    async with AsyncExitStack() as stack:
        # An empty folder, where no .env changes what is measured.
        nowhere = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream_child = await stack.enter_async_context(started("tests.bench.upstream"))
        upstream = await upstream_child.first_line()
        floor = await stack.enter_async_context(started("tests.bench.floor", upstream))
        floor_lane = HttpLane(FLOOR, floor, await floor.first_line(), is_floor=True)
        serve = await stack.enter_async_context(
            started("vapi_mcp", "serve", "--port", "0", upstream=upstream, cwd=nowhere)
        )
        legacy = HttpLane(HTTP_LEGACY, serve, (await serve.first_line()).rpartition(" ")[2])
        serve_start = await _start_of(legacy)
        stdio = await stack.enter_async_context(
            started("vapi_mcp", "stdio", upstream=upstream, cwd=nowhere, talks=True)
        )
        stdio_lane = StdioLane(stdio, await stack.enter_async_context(piped(stdio)))
        stdio_start = await _start_of(stdio_lane)
        modern = HttpLane(HTTP_MODERN, serve, legacy.url, is_modern=True)
        await _check(legacy, modern, stdio_lane)
        yield Stage(
            lanes=(floor_lane, legacy, modern, stdio_lane),
            starts={"serve": serve_start, "stdio": stdio_start},
            commands={"serve": serve, "stdio": stdio},
        )


async def _start_of(lane: Lane) -> Start:
    for _ in range(_TRIES):
        if await _has_answered(lane):
            passed = asyncio.get_running_loop().time() - lane.child.begun
            return Start(passed, lane.child.resident_bytes())
        await asyncio.sleep(_RETRY_SECONDS)
    raise TimeoutError(f"{lane.name} does not listen")


async def _has_answered(lane: Lane) -> bool:
    try:
        await lane.read(TOOLS)
    except ConnectionRefusedError:
        # It printed its URL and does not listen yet.
        return False
    return True


async def _check(*lanes: Lane) -> None:
    for lane in lanes:
        for question in QUESTIONS:
            verify(question, await lane.read(question))

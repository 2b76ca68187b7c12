"""All processes of a run, started, checked and ready to be asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from tests.bench.children import Child
from tests.bench.lanes import OURS, Lane
from tests.bench.questions import QUESTIONS, TOOLS, verify, verify_success
from tests.bench.ways import Way

_RETRY_SECONDS = 0.005
_TRIES = 12_000
# Seconds after which a way that does not answer is left out.
LONGEST_START = 240


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes a process holds: resident, and with shared pages divided among those who share."""

    resident: int | None
    proportional: int | None

    @classmethod
    def by(cls, child: Child) -> Held:
        """Look at a process now."""
        return cls(child.resident_bytes(), child.proportional_bytes())


@dataclass(frozen=True, slots=True)
class Stage:
    """The lanes in the order they are measured; processes, and their memory at start, by name.

    left_out: the optional ways that did not start, each with its reason.
    """

    lanes: list[Lane] = field(default_factory=list[Lane])
    processes: dict[str, Child] = field(default_factory=dict[str, Child])
    at_start: dict[str, Held] = field(default_factory=dict[str, Held])
    left_out: dict[str, str] = field(default_factory=dict[str, str])

    async def take_on(self, name: str, lanes: Sequence[Lane]) -> None:
        """Wait until a process answers, check its answers and count it in."""
        await answered(lanes[0])
        held = Held.by(lanes[0].child)
        for lane in lanes:
            await _check(lane)
        self.lanes.extend(lanes)
        self.processes[name], self.at_start[name] = lanes[0].child, held


@asynccontextmanager
async def set_stage(usual: Mapping[str, Way], optional: Mapping[str, Way]) -> AsyncGenerator[Stage]:
    """Start all ways and end them on exit. An optional one that fails is left out.

    Raises:
        ValueError: A usual way answers a question wrongly.
    """
    stage = Stage()
    async with AsyncExitStack() as stack:
        for name, way in usual.items():
            await stage.take_on(name, await stack.enter_async_context(way()))
        for name, way in optional.items():
            try:
                async with asyncio.timeout(LONGEST_START), AsyncExitStack() as own:
                    await stage.take_on(name, await own.enter_async_context(way()))
                    await stack.enter_async_context(own.pop_all())
            except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on
                stage.left_out[name] = reason(error)
        yield stage


def reason(error: Exception) -> str:
    """Return why a way is left out, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__


async def answered(lane: Lane) -> None:
    """Return once a lane answered its first `tools/list`.

    Raises:
        TimeoutError: It does not listen.
    """
    for _ in range(_TRIES):
        try:
            await lane.read(TOOLS.name)
        except ConnectionRefusedError:
            # It printed its URL and does not listen yet.
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return
    raise TimeoutError(f"{lane.name} does not listen")


async def _check(lane: Lane) -> None:
    check = verify if lane.name in OURS else verify_success
    originals = {question.name: question for question in QUESTIONS}
    for name in lane.asked:
        check(originals[name], await lane.read(name))

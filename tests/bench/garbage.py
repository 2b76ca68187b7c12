"""`python -m tests.bench.garbage`: the garbage collector, left alone and as the service sets it.

The app runs in this process and is called without a network between, one call after the other, in
turns with each setting. Only processor time counts, so other work on the machine changes little.
"""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean, quantiles
from time import process_time

import uvloop

from tests.bench.answers import Answers
from tests.bench.page import table
from tests.bench.questions import GET, LIST, Question
from tests.bench.servers import post
from tests.support.app import ACCOUNT, composed
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.hosting.memory import collect_rarely, keep_loaded
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.security.tokens import new_token
from vapi_mcp.store.memory.memory_store import MemoryStore

_PYTHONS_OWN = gc.get_threshold()

Ask = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Costs:
    """Milliseconds of processor time: of each call, and of each turn of the collector."""

    calls: list[float] = field(default_factory=list[float])
    turns: list[float] = field(default_factory=list[float])
    _begun: float = 0.0

    async def add(self, ask: Ask, calls: int) -> None:
        """Ask so many times."""
        gc.callbacks.append(self._note)
        try:
            for _ in range(calls):
                begun = process_time()
                await ask()
                self.calls.append((process_time() - begun) * 1e3)
        finally:
            gc.callbacks.remove(self._note)

    def _note(self, phase: str, info: Mapping[str, int]) -> None:
        del info
        if phase == "start":
            self._begun = process_time()
        else:
            self.turns.append((process_time() - self._begun) * 1e3)

    def row(self) -> list[str]:
        """Return what they come to."""
        cuts = quantiles(self.calls, n=1000, method="inclusive")
        figures = (fmean(self.calls), cuts[499], cuts[989], cuts[998], max(self.turns, default=0.0))
        share = sum(self.turns) / sum(self.calls)
        return [*(f"{figure:.2f}" for figure in figures), f"{share:.1%}"]


class BenchUpstream(FakeUpstream):
    """An upstream that answers from memory what the bench asks for."""

    def __init__(self) -> None:
        super().__init__()
        self._bodies = Answers.seeded()

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        query = "&".join(f"{name}={value}" for name, value in request.query)
        body = self._bodies.to(f"{request.path}?{query}")
        # What the names beside ids are read from is not there.
        status, body = (404, b"{}") if body is None else (200, body)
        return UpstreamResponse(status, {"content-type": "application/json"}, body)


def leave_alone() -> None:
    """Set the collector as Python starts with it."""
    gc.unfreeze()
    gc.set_threshold(*_PYTHONS_OWN)


def settle() -> None:
    """Set the collector as the service does, but collect nothing: what is due stays due."""
    keep_loaded()
    collect_rarely()


WAYS: Mapping[str, Callable[[], None]] = {"Python's own": leave_alone, "the service's": settle}


async def measured(question: Question, rounds: int, calls: int) -> dict[str, Costs]:
    """Ask in turns with each setting; the first round warms up."""
    store, token = MemoryStore(), new_token()
    store.add(Server("server-1", "all", ACCOUNT.id), ACCOUNT, token)
    app = composed(store, BenchUpstream(), server_calls_per_minute=0, server_calls_at_once=0)
    ask = partial(post, app, f"/mcp/{token}", question.body())
    found: dict[str, Costs] = {}
    before = gc.get_threshold()
    async with app.router.lifespan_context(app):
        await Costs().add(ask, calls)
        for _ in range(rounds):
            for name, set_collector in WAYS.items():
                set_collector()
                await found.setdefault(name, Costs()).add(ask, calls)
    gc.unfreeze()
    gc.set_threshold(*before)
    return found


async def main() -> None:
    """Measure, and print the table."""
    lines = [
        (question.name, name, *costs.row())
        for question, rounds, calls in ((GET, 10, 1000), (LIST, 10, 200))
        for name, costs in (await measured(question, rounds, calls)).items()
    ]
    headings = ("mean", "p50", "p99", "p99.9", "longest turn", "collector's share")
    print(table(("Work", "Collector", *headings), lines))


if __name__ == "__main__":
    uvloop.run(main())

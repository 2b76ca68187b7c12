"""`python -m tests.bench.servers`: what a call costs with few servers in the store, and with many.

The app runs in this process and is called as a server calls it, without a network between; the
upstream answers from memory. No grant is believed, so that each call asks the database.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from unittest.mock import patch

import orjson
import uvloop
from starlette.types import ASGIApp, Message

from tests.bench.answers import ASSISTANT_ID
from tests.bench.page import PAGE, put_between, table
from tests.support.app import composed, headers_of, message
from tests.support.filled_stores import fill
from tests.support.stores import Database, access_to, postgresql, ring_of
from tests.support.upstream import FakeUpstream
from vapi_mcp.store.sql.sql_store import SqlStore

BEGIN = "<!-- Made by `python -m tests.bench.servers` from here … -->"
END = "<!-- … to here. -->"

Ask = Callable[[str], Awaitable[None]]
_CALL = message(
    "tools/call", {"name": "get_single_vapi_assistant_by_id", "arguments": {"id": ASSISTANT_ID}}
)
_BODY = orjson.dumps(_CALL)
_HEADERS = [
    (name.lower().encode(), value.encode())
    for name, value in {**headers_of(_CALL, "application/json"), "Host": "localhost"}.items()
]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: in each round so many calls with few servers, then with many."""

    few: int = 10
    many: int = 10_000
    rounds: int = 60
    calls: int = 50


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call cost: microseconds of this process's processor time, median milliseconds."""

    cpu: float
    p50: float


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over the rounds; a ratio is the median of many over few within each round."""

    database: str
    what: str
    few: Cost
    many: Cost
    cpu_ratio: float
    p50_ratio: float


@dataclass(frozen=True, slots=True)
class _House:
    """A running app: the ways to ask it, and the tokens that open its servers, each in turn."""

    asks: Mapping[str, Ask]
    tokens: Sequence[str]

    async def cost(self, what: str, calls: int) -> Cost:
        """Ask so many times, with tokens from all over the table."""
        ask, stride = self.asks[what], max(1, len(self.tokens) // calls)
        taken: list[float] = []
        used = process_time()
        for number in range(calls):
            begun = perf_counter()
            await ask(self.tokens[number * stride % len(self.tokens)])
            taken.append(perf_counter() - begun)
        return Cost((process_time() - used) / calls * 1e6, median(taken) * 1e3)


async def measured(name: str, few: Database, many: Database, plan: Plan) -> list[Row]:
    """Return the rows of one kind of database; both databases are empty before."""
    async with _house(few, plan.few) as small, _house(many, plan.many) as large:
        with patch("vapi_mcp.accounts.service._BELIEVED", -1.0):
            return [await _row(name, what, small, large, plan) for what in small.asks]


async def _row(name: str, what: str, small: _House, large: _House, plan: Plan) -> Row:
    pairs = [
        (await small.cost(what, plan.calls), await large.cost(what, plan.calls))
        for _ in range(plan.rounds + 1)
    ][1:]  # the first round warms up
    few, many = ([pair[side] for pair in pairs] for side in (0, 1))
    return Row(
        name,
        what,
        _median(few),
        _median(many),
        median(b.cpu / a.cpu for a, b in pairs),
        median(b.p50 / a.p50 for a, b in pairs),
    )


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(median(cost.cpu for cost in costs), median(cost.p50 for cost in costs))


@asynccontextmanager
async def _house(database: Database, count: int) -> AsyncGenerator[_House]:
    async with database.opened() as store:
        tokens = await fill(store, count)
    await database.run("ANALYZE")
    ring = ring_of(database.key)
    store = SqlStore(database.where, ring)
    upstream = FakeUpstream({f"GET /assistant/{ASSISTANT_ID}": {"id": ASSISTANT_ID}})
    held = [store.opened()]
    app = composed(store, upstream, ring=ring, held=held, server_calls_per_minute=0)
    access = access_to(store)

    async def find(token: str) -> None:
        await access.resolve(token, afresh=True)

    async def call(token: str) -> None:
        await post(app, f"/mcp/{token}")

    async with app.router.lifespan_context(app):
        yield _House({"finding the server": find, "the whole call": call}, tokens)


async def post(app: ASGIApp, path: str, body: bytes = _BODY) -> None:
    """Post a message to an app, without a network between; raises ValueError where it fails."""
    sent: list[Message] = []
    unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not unread:
            # Whoever asks again waits for the client to leave, which it does not.
            await asyncio.Event().wait()
        return unread.pop()

    async def send(part: Message) -> None:
        sent.append(part)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": _HEADERS,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    if b'"isError":false' not in b"".join(part.get("body", b"") for part in sent):
        raise ValueError(f"a call failed: {sent}")


def rendered(rows: Sequence[Row], plan: Plan) -> str:
    """Return the figures as Markdown."""
    headings = (
        *("Database", "What"),
        *(f"CPU µs, {count:,}" for count in (plan.few, plan.many)),
        *(f"p50 ms, {count:,}" for count in (plan.few, plan.many)),
        *("CPU ratio", "p50 ratio"),
    )
    lines = [
        (
            *(row.database, row.what),
            *(f"{cost.cpu:,.0f}" for cost in (row.few, row.many)),
            *(f"{cost.p50:.2f}" for cost in (row.few, row.many)),
            *(f"{row.cpu_ratio:.2f}", f"{row.p50_ratio:.2f}"),
        )
        for row in rows
    ]
    made = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {plan.rounds} rounds of {plan.calls} calls "
        f"each; load average {os.getloadavg()[0]:.1f} after the run."
    )
    return f"{made}\n\n{table(headings, lines)}"


def main() -> None:
    """Measure on both databases, print the table and write it into the docs."""
    plan = Plan()
    with tempfile.TemporaryDirectory() as directory, postgresql() as server:
        kinds = {
            "SQLite": [Path(directory) / name for name in ("few", "many")],
            "PostgreSQL": [server.another(name) for name in ("few", "many")],
        }
        rows: list[Row] = []
        for name, places in kinds.items():
            print(f"measuring on {name}", file=sys.stderr)
            few, many = map(Database, places)
            rows += uvloop.run(measured(name, few, many, plan))
    text = rendered(rows, plan)
    print(text)
    PAGE.write_text(put_between(BEGIN, END, text, PAGE.read_text()))
    print(f"\nwritten to docs/{PAGE.name}", file=sys.stderr)


if __name__ == "__main__":
    main()

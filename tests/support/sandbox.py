"""Ways to drive the sandbox in tests: in memory with a clock of its own, or over a socket."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Self

import httpx
import uvicorn
from starlette.applications import Starlette

from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.specs.facts.facts import load_facts

KEY = "sandbox-key"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}
HOST = "http://vapi.test"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORG = "0e0c7c1e-53d1-4a35-9c39-4f5a9d3f6b11"


def fresh_world(seed: int, now: datetime = NOON) -> StateSnapshot:
    """Return a copy of a seeded organisation, as making one takes ten times longer."""
    return pickle.loads(_seeded(seed, now))  # noqa: S301 - our own bytes


@cache
def _seeded(seed: int, now: datetime) -> bytes:
    return pickle.dumps(seed_world(seed, now))


class HandClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Driver:
    """A client of one sandbox, and the clock it runs by."""

    def __init__(self, client: httpx.AsyncClient, clock: HandClock) -> None:
        self.client = client
        self.clock = clock

    async def __aenter__(self) -> Self:
        await self.client.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.client.aclose()

    async def ask(self, method: str, path: str, body: Any = None, **rest: Any) -> httpx.Response:
        extra = {"json": body} if body is not None else {}
        return await self.client.request(method, path, **extra, **rest)

    async def ok(self, method: str, path: str, body: Any = None, **rest: Any) -> Any:
        """Return the JSON of an answer that must be a success."""
        answer = await self.ask(method, path, body, **rest)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def refused(self, method: str, path: str, body: Any = None, **rest: Any) -> Any:
        """Return the message of an answer that must be a 400."""
        answer = await self.ask(method, path, body, **rest)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"] == "Bad Request"
        return answer.json()["message"]

    async def assistant(self, **fields: Any) -> Any:
        return await self.ok("POST", "/assistant", {"name": "Ava", **fields})

    async def number(self, **fields: Any) -> Any:
        twilio = {"provider": "twilio", "number": "+14155550100", "twilioAccountSid": "AC1"}
        return await self.ok("POST", "/phone-number", fields or twilio)

    async def call(self, **fields: Any) -> Any:
        """Place a call to a customer with a new assistant over a new number."""
        given = {"customer": {"number": "+14155550123"}, **fields}
        if not {"assistantId", "assistant", "squadId", "squad"} & set(given):
            given["assistantId"] = (await self.assistant())["id"]
        if "phoneNumberId" not in given:
            given["phoneNumberId"] = (await self.number())["id"]
        return await self.ok("POST", "/call", given)

    async def ended_call(self, **fields: Any) -> Any:
        """Return a call that has run its course."""
        call = await self.call(**fields)
        self.clock.forward(120)
        return await self.ok("GET", f"/call/{call['id']}")


def drive(
    world: StateSnapshot | None = None, clock: HandClock | None = None, **settings: Any
) -> Driver:
    """Return a driver of a sandbox of its own, over no socket; use it with `async with`."""
    clock = clock or HandClock()
    app = create_sandbox(
        facts=load_facts(), world=world or StateSnapshot(ORG), clock=clock, **settings
    )
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=HOST, headers=AUTHORIZED
    )
    return Driver(client, clock)


@contextmanager
def listening(app: Starlette) -> Generator[str]:
    """Serve an app on a free loopback port in a thread; yield its base URL."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on")
    server = _Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.is_ready.wait(10)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = threading.Event()

    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        self.is_ready.set()

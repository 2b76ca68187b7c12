"""A world for events: one server, a fake Vapi, a fake subscriber, and a clock to turn."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from tests.support.records import NOW, account, server
from tests.support.registry import registry
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.records import Account, Grant, Server, Upstreams
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.events.callbacks import CallbackAnswer, CallbackFailed
from vapi_mcp.events.courier import Courier
from vapi_mcp.events.records import Outcome
from vapi_mcp.events.standing import Standing
from vapi_mcp.events.subscribing import Subscribing
from vapi_mcp.events.watcher import EventWatcher
from vapi_mcp.store.memory.memory_store import MemoryStore

URL = "https://app.example/hook"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"another secret of as many bytes.").decode()
MOST = 3
POLL = 30.0


@dataclass(slots=True)
class FakeSubscriber:
    """Confirms, unless told otherwise, and takes events as `statuses` say, then with 200."""

    confirms: bool = True
    failure: CallbackFailed | None = None
    refusal: int | None = None
    statuses: list[int] = field(default_factory=list[int])
    got: list[tuple[str, bytes, Mapping[str, str]]] = field(
        default_factory=list[tuple[str, bytes, Mapping[str, str]]]
    )

    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        self.got.append((url, body, headers))
        if self.failure:
            raise self.failure
        if self.refusal:
            return CallbackAnswer(self.refusal, b"")
        said = orjson.loads(body)
        if said.get("type") == "verification":
            challenge = said["challenge"] if self.confirms else "something else"
            return CallbackAnswer(200, orjson.dumps({"challenge": challenge}))
        self.arrived.set()
        return CallbackAnswer(self.statuses.pop(0) if self.statuses else 200, b"")

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that came, also those that were not taken."""
        told = [orjson.loads(body) for _, body, _ in self.got]
        return [each for each in told if "eventId" in each]


class World:
    """All parts of events over memory."""

    def __init__(self, **config: Any) -> None:
        self.now = NOW
        self.store = MemoryStore()
        self.account: Account = account(tenant_id="acme")
        self.server: Server = server(self.account, **config)
        self.store.add(self.server, self.account, "the token")
        self.upstream = FakeUpstream()
        self.subscriber = FakeSubscriber()
        self.spent = 0.0
        self.outcomes: list[Outcome] = []
        self.log = AuditWriter(self.store, keep_days=1)
        standing = Standing(registry(), self.store, Upstreams())
        self.subscribing = Subscribing(standing, self.store, self.subscriber, MOST, self.clock)
        self.watcher = EventWatcher(
            registry(),
            standing,
            self.store,
            self.upstream,
            self._spent_today,
            seconds=POLL,
            clock=self.clock,
        )
        self.courier = Courier(
            standing,
            self.store,
            self.subscriber,
            log=self.log,
            on_attempt=self.outcomes.append,
            clock=self.clock,
        )

    def clock(self) -> datetime:
        return self.now

    def after(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def grant(self) -> Grant:
        return Grant(self.account, self.server)

    async def subscribe(self, name: str = "call.ended", **arguments: Any) -> str:
        """Subscribe at the usual URL and return the subscription's id."""
        return (await self.subscribing.subscribe(self.grant, asking(name, **arguments))).id

    async def look(self, seconds: float = POLL) -> list[dict[str, Any]]:
        """Let time pass, watch and deliver; return the events that came."""
        self.after(seconds)
        before = len(self.subscriber.events)
        await self.watcher.watch_due()
        await self.courier.deliver_due()
        return self.subscriber.events[before:]

    async def _spent_today(self, of: Account) -> float:
        assert of.id == self.account.id
        return self.spent


def asking(name: str = "call.ended", **arguments: Any) -> dict[str, Any]:
    """Return the parameters of a subscription."""
    delivery = {"mode": "webhook", "url": URL, "secret": SECRET}
    return {"name": name, "arguments": arguments, "delivery": delivery}

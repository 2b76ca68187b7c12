"""Events from a simulated Vapi to a subscriber by https, over a database and restarts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from aiohttp import web

from tests.support.events import SECRET, asking
from tests.support.https import Here, https
from tests.support.records import server
from tests.support.registry import registry
from tests.support.sandbox import AUTHORIZED, KEY, ORG, Driver, HandClock, listening
from tests.support.stores import Database, migrated
from vapi_mcp.accounts.records import Account, Grant, Server, Upstreams
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.events.signing import signed_headers
from vapi_mcp.hosting.events import Events, events_of
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.security.credential import Credential
from vapi_mcp.settings import load_settings
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.upstream.late import LateUpstream
from vapi_mcp.upstream.public.callbacks import PublicCallbacks


@pytest.fixture
def place(tmp_path: Path) -> Database:
    return migrated(tmp_path / "data")


class Subscriber:
    """Confirms by https, and keeps what came with its headers; `statuses` answer first."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.statuses: list[int] = []

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        said = orjson.loads(body)
        if said.get("type") == "verification":
            return web.json_response({"challenge": said["challenge"]})
        self.got.append((body, {name.lower(): text for name, text in request.headers.items()}))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 204)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for body, _ in self.got]


class World:
    """A simulated Vapi, and a database with one server of its account."""

    def __init__(self, place: Database, vapi: Driver, url: str, callbacks: PublicCallbacks) -> None:
        self.place = place
        self.vapi = vapi
        self.callbacks = callbacks
        self.account = Account("account", "Acme", Credential(KEY), url)
        self.server: Server = server(self.account)

    @property
    def grant(self) -> Grant:
        return Grant(self.account, self.server)

    @asynccontextmanager
    async def started(self) -> AsyncGenerator[Events]:
        """Be one life of the service; its clock is the simulated Vapi's."""
        upstream = LateUpstream(max_answer_bytes=16 * 1024 * 1024, allow_private=True)
        async with self.place.opened() as store, upstream:
            if await store.get_account(self.account.id) is None:
                await store.add_account(self.account)
                await store.add_server(self.server, "hash")
            events = events_of(
                load_settings(env_file=None),
                registry(),
                store,
                upstream,
                Upstreams(),
                log=AuditWriter(store, keep_days=1),
                callbacks=self.callbacks,
                on_attempt=lambda _: None,
                clock=self.vapi.clock,
            )
            assert events is not None
            yield events

    async def look(self, events: Events) -> None:
        self.vapi.clock.forward(60)
        await events.watcher.watch_due()
        await events.courier.deliver_due()


@asynccontextmanager
async def world_of(
    directory: Path, subscriber: Subscriber, place: Database
) -> AsyncGenerator[tuple[World, dict[str, Any]]]:
    clock = HandClock()
    app = create_sandbox(facts=load_facts(), world=StateSnapshot(ORG), clock=clock)
    with listening(app) as url:
        client = httpx.AsyncClient(base_url=url, headers=AUTHORIZED, trust_env=False)
        async with Driver(client, clock) as vapi, https(directory, subscriber.take) as running:
            callbacks = PublicCallbacks(Here, certificates=running.trusted)
            world = World(place, vapi, url, callbacks)
            params = asking()
            params["delivery"]["url"] = f"{running.url}/hook"
            yield world, params


async def test_a_call_that_ends_reaches_its_subscriber_signed_and_once(
    tmp_path: Path, place: Database
) -> None:
    subscriber = Subscriber()
    async with world_of(tmp_path, subscriber, place) as (world, params), world.started() as events:
        await events.subscribing.subscribe(world.grant, params)
        call = await world.vapi.ended_call()
        for _ in range(3):
            await world.look(events)
        ((body, headers),) = subscriber.got
        (event,) = subscriber.events
        assert event["data"]["callId"] == call["id"]
        assert event["data"]["endedReason"] == call["endedReason"]
        assert event["data"]["cost"] == call["cost"]
        proof = {name: headers[name] for name in headers if name.startswith("webhook-")}
        moment = world.vapi.clock()
        signed = signed_headers(event["eventId"], body, [SECRET], moment)
        assert proof.keys() == signed.keys()
        assert proof["webhook-id"] == event["eventId"]


async def test_what_happens_while_the_service_is_down_is_told_after_it(
    tmp_path: Path, place: Database
) -> None:
    subscriber = Subscriber()
    async with world_of(tmp_path, subscriber, place) as (world, params):
        async with world.started() as events:
            await events.subscribing.subscribe(world.grant, params)
            await world.look(events)
        call = await world.vapi.ended_call()
        async with world.started() as events:
            subscriber.statuses = [503]
            await world.look(events)
        async with world.started() as events:
            await world.look(events)
        first, second = subscriber.events
        assert first == second
        assert first["data"]["callId"] == call["id"]


async def test_a_subscriber_that_left_hears_nothing(tmp_path: Path, place: Database) -> None:
    subscriber = Subscriber()
    async with world_of(tmp_path, subscriber, place) as (world, params), world.started() as events:
        await events.subscribing.subscribe(world.grant, params)
        await events.subscribing.unsubscribe(world.grant, params)
        await world.vapi.ended_call()
        await world.look(events)
        assert subscriber.got == []


async def test_a_campaign_that_ends_reaches_its_subscriber(tmp_path: Path, place: Database) -> None:
    subscriber = Subscriber()
    async with world_of(tmp_path, subscriber, place) as (world, params), world.started() as events:
        await events.subscribing.subscribe(world.grant, {**params, "name": "campaign.done"})
        number, assistant = await world.vapi.number(), await world.vapi.assistant()
        campaign = await world.vapi.ok(
            "POST",
            "/campaign",
            {
                "name": "Spring",
                "assistantId": assistant["id"],
                "phoneNumberId": number["id"],
                "customers": [{"number": "+14155550142"}],
            },
        )
        for _ in range(5):
            await world.look(events)
        (event,) = subscriber.events
        assert event["data"]["campaignId"] == campaign["id"]
        assert event["data"]["name"] == "Spring"

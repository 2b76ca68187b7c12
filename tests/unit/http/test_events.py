"""Events over HTTP: announced, subscribed and ended in both eras; no secret in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.support.app import Hosted, hosted, message, modern, post
from tests.support.events import SECRET, URL, FakeSubscriber, asking
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.events.callbacks import CallbackFailed
from vapi_mcp.registry.scope import Scope
from vapi_mcp.rfc3339 import write_moment

Build = Callable[..., dict[str, Any]]
both_eras = pytest.mark.parametrize("build", [message, modern], ids=["legacy", "modern"])
EXTENSION = "io.modelcontextprotocol/events"


async def told(app: Hosted, request: dict[str, Any]) -> Any:
    """Return the result or the error of a request."""
    answer = (await post(app.mcp_url, request, accept="application/json")).json()
    return answer.get("result", answer.get("error"))


async def test_a_discovery_announces_events_where_one_may_be_heard() -> None:
    async with hosted(callbacks=FakeSubscriber()) as app:
        capabilities = (await told(app, modern("server/discover")))["capabilities"]
        assert capabilities["events"] == {}
        assert capabilities["extensions"][EXTENSION] == {}
    async with hosted(scope=Scope(tags=frozenset({"squads"}))) as app:
        assert "events" not in (await told(app, modern("server/discover")))["capabilities"]


@both_eras
async def test_events_are_listed_subscribed_and_ended(build: Build) -> None:
    subscriber = FakeSubscriber()
    async with hosted(callbacks=subscriber) as app:
        events = (await told(app, build("events/list")))["events"]
        assert [each["name"] for each in events][:2] == ["call.ended", "call.failed"]
        begun = await told(app, build("events/subscribe", asking()))
        assert (begun["cursor"], begun["truncated"]) == (None, False)
        again = await told(app, build("events/subscribe", asking()))
        assert again["id"] == begun["id"]
        assert len(subscriber.got) == 1
        ended = await told(app, build("events/unsubscribe", asking()))
        assert "error" not in ended
        assert await app.store.find_subscription(begun["id"]) is None


@both_eras
@pytest.mark.parametrize(
    ("changed", "code", "data"),
    [
        ({"name": "call.began"}, -32011, {"kind": "event"}),
        ({"arguments": {"x": 1}}, -32602, None),
        ({"delivery": {"mode": "poll"}}, -32014, None),
    ],
)
async def test_what_is_wrong_has_its_code(
    build: Build, changed: dict[str, Any], code: int, data: Any
) -> None:
    async with hosted(callbacks=FakeSubscriber()) as app:
        error = await told(app, build("events/subscribe", {**asking(), **changed}))
    assert (error["code"], error.get("data")) == (code, data)


@both_eras
async def test_a_url_that_does_not_confirm_has_its_reason(build: Build) -> None:
    subscriber = FakeSubscriber(failure=CallbackFailed("timeout", "the URL is silent"))
    async with hosted(callbacks=subscriber) as app:
        error = await told(app, build("events/subscribe", asking()))
    assert (error["code"], error["data"]) == (-32015, {"reason": "timeout"})
    assert error["message"] == "the URL is silent"


async def test_a_server_with_no_subscription_to_give_says_how_many_there_are() -> None:
    async with hosted(callbacks=FakeSubscriber(), event_subscriptions=1) as app:
        await told(app, message("events/subscribe", asking()))
        error = await told(app, message("events/subscribe", asking(assistantId="a1")))
    assert (error["code"], error["data"]) == (-32013, {"limit": "subscriptions", "max": 1})


async def test_no_event_is_offered_where_the_setting_is_nought() -> None:
    async with hosted(event_subscriptions=0) as app:
        assert "events" not in (await told(app, modern("server/discover")))["capabilities"]
        assert (await told(app, message("events/list")))["code"] == -32601


async def test_the_log_has_who_subscribed_and_neither_url_nor_secret() -> None:
    async with hosted(callbacks=FakeSubscriber()) as app:
        await told(app, modern("events/subscribe", asking()))
        await told(app, modern("events/subscribe", {**asking(), "ttlMs": "soon"}))
    page = await app.store.list_entries(LogFilter(log_type="mcp"), Window())
    assert [(e.mcp_method, e.status) for e in page.items] == [
        ("events/subscribe", 400),
        ("events/subscribe", 200),
    ]
    told_by_rows = orjson.dumps([repr(replace(e)) for e in page.items]).decode()
    assert SECRET not in told_by_rows
    assert URL not in told_by_rows


async def test_events_come_by_themselves_while_the_service_runs() -> None:
    subscriber, upstream = FakeSubscriber(), FakeUpstream()
    async with hosted(callbacks=subscriber, upstream=upstream, event_poll_seconds=1) as app:
        await told(app, modern("events/subscribe", asking()))
        ended = write_moment(utc_now() + timedelta(seconds=1))
        upstream.answers["GET /call"] = [{"id": "c1", "status": "ended", "endedAt": ended}]
        async with asyncio.timeout(30):
            await subscriber.arrived.wait()
    assert [each["data"]["callId"] for each in subscriber.events] == ["c1"]

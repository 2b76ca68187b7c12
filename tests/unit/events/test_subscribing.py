"""Subscriptions begin at URLs that confirm, are renewed and end; wrong ones are told why."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from tests.support.events import MOST, OTHER_SECRET, SECRET, URL, World, asking
from tests.support.records import NOW, api_token, server
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import Grant, ServerConfig
from vapi_mcp.events.callbacks import CallbackFailed
from vapi_mcp.events.errors import TooManySubscriptions, TooManyUrls, WrongSubscription
from vapi_mcp.registry.scope import Scope

ALL = ["call.ended", "call.failed", "campaign.done", "spend.over"]


def names(world: World) -> list[str]:
    return [each["name"] for each in world.subscribing.offered(world.grant)]


def test_all_events_are_offered_with_their_schemas() -> None:
    world = World()
    assert names(world) == ALL
    for event in world.subscribing.offered(world.grant):
        assert event["delivery"] == ["webhook"]
        assert event["inputSchema"]["type"] == event["payloadSchema"]["type"] == "object"
        assert all(each["description"] for each in event["inputSchema"]["properties"].values())


@pytest.mark.parametrize(
    ("config", "offered"),
    [
        ({"tags": ("calls",)}, ["call.ended", "call.failed"]),
        ({"methods": ("write",)}, ["spend.over"]),
        ({"tools": ("list_all_vapi_campaigns",)}, ["campaign.done"]),
        ({"tools": ("list_all_vapi_squads",)}, []),
        ({"only": Only(assistants=("a1",))}, ALL[:3]),
    ],
)
def test_events_are_offered_where_their_list_is_in_scope(
    config: dict[str, Any], offered: list[str]
) -> None:
    assert names(World(config=ServerConfig(**config))) == offered


async def test_a_url_is_asked_with_a_signed_challenge_and_then_subscribed() -> None:
    world = World()
    kept = await world.subscribing.subscribe(world.grant, asking(assistantId="a1"))

    (url, body, headers) = world.subscriber.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert (url, headers["webhook-signature"]) == (URL, f"v1,{digest}")
    assert headers["x-mcp-subscription-id"] == kept.id
    assert await world.store.find_subscription(kept.id) == kept
    assert (kept.arguments, kept.expires_at) == ({"assistantId": "a1"}, NOW + timedelta(days=7))


async def test_the_same_subscription_has_the_same_id_and_is_asked_once() -> None:
    world = World()
    first = await world.subscribe(assistantId="a1", phoneNumberId="p1")
    world.after(3600)
    again = await world.subscribe(phoneNumberId="p1", assistantId="a1")

    assert first == again
    assert len(world.subscriber.got) == 1
    (kept,) = await world.store.list_subscriptions(world.account.id, world.now)
    assert (kept.created_at, kept.expires_at) == (NOW, world.now + timedelta(days=7))


async def test_other_arguments_urls_and_callers_are_other_subscriptions() -> None:
    world = World()
    other_url = asking()
    other_url["delivery"]["url"] += "/two"
    held = replace(world.grant, api_token=api_token())
    kept = [
        await world.subscribing.subscribe(world.grant, asking()),
        await world.subscribing.subscribe(world.grant, other_url),
        await world.subscribing.subscribe(held, asking()),
    ]
    assert len({each.id for each in kept}) == 3
    assert kept[2].holder_id == (held.api_token and held.api_token.id)


async def test_a_new_secret_signs_beside_the_former_for_a_day() -> None:
    world = World()
    await world.subscribe()
    params = asking()
    params["delivery"]["secret"] = OTHER_SECRET
    kept = await world.subscribing.subscribe(world.grant, params)

    assert kept.secrets_at(world.now) == (OTHER_SECRET, SECRET)
    assert kept.secrets_at(world.now + timedelta(hours=24)) == (OTHER_SECRET,)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, timedelta(days=7)),
        (1, timedelta(hours=1)),
        (7_200_000, timedelta(hours=2)),
        (10**15, timedelta(days=7)),
        (1e300, timedelta(days=7)),
    ],
)
async def test_a_subscription_lives_an_hour_to_a_week(asked: Any, granted: timedelta) -> None:
    world = World()
    kept = await world.subscribing.subscribe(world.grant, {**asking(), "ttlMs": asked})
    assert kept.expires_at - NOW == granted


async def test_a_url_that_does_not_confirm_is_not_subscribed() -> None:
    world = World()
    world.subscriber.confirms = False
    with pytest.raises(CallbackFailed, match="did not confirm") as failed:
        await world.subscribe()
    assert failed.value.reason == "challenge_failed"
    assert not await world.store.list_subscriptions(world.account.id, NOW)


async def test_a_url_that_may_not_be_asked_is_not_subscribed() -> None:
    world = World()
    world.subscriber.failure = CallbackFailed("connection_refused", "not public")
    with pytest.raises(CallbackFailed, match="not public"):
        await world.subscribe()
    assert not await world.store.list_subscriptions(world.account.id, NOW)


async def test_a_server_has_only_so_many_subscriptions() -> None:
    world = World()
    for number in range(MOST):
        await world.subscribe(assistantId=f"a{number}")
    with pytest.raises(WrongSubscription, match=f"has {MOST} subscriptions, the most"):
        await world.subscribe()


async def test_a_url_that_confirmed_is_not_asked_for_another_event() -> None:
    world = World()
    await world.subscribe()
    await world.subscribe("call.failed")
    assert len(world.subscriber.got) == 1


async def test_nobody_is_asked_for_a_subscription_too_many() -> None:
    world = World()
    for number in range(MOST):
        await world.subscribe(assistantId=f"a{number}")
    params = asking()
    params["delivery"]["url"] += "/another"
    with pytest.raises(TooManySubscriptions):
        await world.subscribing.subscribe(world.grant, params)
    assert len(world.subscriber.got) == 1


async def test_only_so_many_urls_are_asked_in_a_minute() -> None:
    world = World()
    world.subscriber.confirms = False
    for _ in range(10):
        with pytest.raises(CallbackFailed):
            await world.subscribe()
    with pytest.raises(TooManyUrls, match="try again in a minute"):
        await world.subscribe()
    assert len(world.subscriber.got) == 10


@pytest.mark.parametrize(("status", "reason"), [(404, "http_4xx"), (503, "http_5xx")])
async def test_a_url_that_refuses_is_told_by_its_status(status: int, reason: str) -> None:
    world = World()
    world.subscriber.refusal = status
    with pytest.raises(CallbackFailed, match=f"answered {status}") as failed:
        await world.subscribe()
    assert failed.value.reason == reason


async def test_a_subscription_that_ends_is_gone_and_may_end_again() -> None:
    world = World()
    await world.subscribe()
    params = asking()
    del params["delivery"]["secret"]
    for _ in range(2):
        await world.subscribing.unsubscribe(world.grant, params)
    assert not await world.store.list_subscriptions(world.account.id, NOW)


async def test_a_server_ends_no_subscription_of_another() -> None:
    world = World()
    await world.subscribe()
    beside = Grant(world.account, server(world.account, "beside"))
    await world.subscribing.unsubscribe(beside, asking())
    assert len(await world.store.list_subscriptions(world.account.id, NOW)) == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": None}, "name must be an event of this server: call.ended, call.failed"),
    "another name": ({"name": "call.started"}, "name must be an event"),
    "an unknown argument": ({"arguments": {"squadId": "s"}}, "call.ended takes no 'squadId'"),
    "an argument that is no text": ({"arguments": {"assistantId": 5}}, "assistantId must be text"),
    "arguments that are a list": ({"arguments": ["a1"]}, "arguments must be an object"),
    "no delivery": ({"delivery": None}, "delivery must be"),
    "another mode": ({"delivery": {"mode": "poll"}}, "delivery must be"),
    "no URL": ({"delivery": {"mode": "webhook"}}, "delivery.url must be"),
    "a long URL": (
        {"delivery": {"mode": "webhook", "url": "https://a.example/" + "x" * 2_000}},
        "delivery.url must be",
    ),
    "a URL of http": (
        {"delivery": {"mode": "webhook", "url": "http://app.example/hook"}},
        "delivery.url must be",
    ),
    "a URL with a password": (
        {"delivery": {"mode": "webhook", "url": "https://me:pass@app.example/hook"}},
        "without a user or a password",
    ),
    "a URL of no host": (
        {"delivery": {"mode": "webhook", "url": "https:///hook"}},
        "delivery.url must be",
    ),
    "no secret": ({"delivery": {"mode": "webhook", "url": URL}}, "delivery.secret must be"),
    "a short secret": (
        {"delivery": {"mode": "webhook", "url": URL, "secret": "whsec_c2hvcnQ="}},
        "delivery.secret must be",
    ),
    "no life": ({"ttlMs": 0}, "ttlMs must be"),
    "a life in words": ({"ttlMs": "a day"}, "ttlMs must be"),
    "no amount": ({"name": "spend.over", "arguments": {}}, "spend.over needs dollars"),
    "an amount of nothing": (
        {"name": "spend.over", "arguments": {"dollars": 0}},
        "dollars must be a number above 0",
    ),
}


@pytest.mark.parametrize(("changed", "words"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_refused_before_anyone_is_asked(
    changed: dict[str, Any], words: str
) -> None:
    world = World()
    with pytest.raises(WrongSubscription, match=words) as refused:
        await world.subscribing.subscribe(world.grant, {**asking(), **changed})
    assert not world.subscriber.got
    assert "whsec_c2hvcnQ" not in str(refused.value)


async def test_an_event_out_of_scope_cannot_be_subscribed() -> None:
    world = World()
    narrowed = replace(world.grant, narrowing=Scope(tags=frozenset({"campaigns"})))
    with pytest.raises(WrongSubscription, match="an event of this server: campaign.done$"):
        await world.subscribing.subscribe(narrowed, asking())


async def test_nothing_that_a_subscriber_is_sent_names_the_account_or_its_key() -> None:
    world = World()
    await world.subscribe()
    told = orjson.dumps([[str(part) for part in each] for each in world.subscriber.got]).decode()
    assert world.account.id not in told
    assert world.account.credential.secret not in told

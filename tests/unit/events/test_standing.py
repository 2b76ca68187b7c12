"""Subscriptions end with what they rest on: a token, a grant of OAuth, a secret that opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.oauth import granted
from tests.support.records import NOW, account, api_token, later, server
from tests.support.registry import registry
from tests.support.stores import Database, Memory, migrated
from vapi_mcp.accounts.records import Account, Server, Upstreams
from vapi_mcp.admin.ports import Store
from vapi_mcp.events.records import Delivery, Subscription
from vapi_mcp.events.standing import Standing


@pytest.fixture(params=["memory", "sqlite"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Memory | Database:
    return Memory() if request.param == "memory" else migrated(tmp_path / "data")


async def test_a_client_that_signed_in_hears_until_its_grant_ends(place: Memory | Database) -> None:
    async with place.opened() as store:
        owner, kept = await _filled(store)
        await granted(store, owner.id, kept.id, "grant")
        heard = _subscription(kept, holder_id="grant")
        standing = Standing(registry(), store, Upstreams())

        assert await store.put_subscription(heard, 5)
        assert await standing.grant_of(heard, NOW) is not None
        await store.delete_oauth_grant("grant")
        assert await standing.grant_of(heard, NOW) is None


async def test_a_client_with_an_api_token_hears_until_the_token_is_deleted(
    place: Memory | Database,
) -> None:
    async with place.opened() as store:
        _, kept = await _filled(store)
        token = api_token()
        await store.add_api_token(token, "token hash")
        heard = _subscription(kept, holder_id=token.id)
        standing = Standing(registry(), store, Upstreams())

        assert await store.put_subscription(heard, 5)
        assert await standing.grant_of(heard, NOW) is not None
        await store.delete_api_token(token.id)
        assert await standing.grant_of(heard, NOW) is None


async def test_a_subscription_whose_secret_is_lost_keeps_nothing_from_others(
    tmp_path: Path,
) -> None:
    place = migrated(tmp_path / "data")
    async with place.opened() as store:
        owner, kept = await _filled(store)
        lost, other = _subscription(kept, id="lost"), _subscription(kept, id="other")
        for each in (lost, other):
            await store.put_subscription(each, 5)
        await store.add_deliveries([_delivery(each) for each in (lost, other)])
        await place.run("UPDATE event_subscriptions SET sealed_target = NULL WHERE id = 'lost'")

        claimed = await store.claim_deliveries(NOW, later(60), 16)
        assert [each.id for _, each in claimed] == ["other"]
        assert [each.id for each in await store.list_subscriptions(owner.id, NOW)] == ["other"]
        assert await store.find_subscription("lost") is None


async def _filled(store: Store) -> tuple[Account, Server]:
    owner = account()
    kept = server(owner)
    await store.add_account(owner)
    await store.add_server(kept, "hash")
    return owner, kept


def _subscription(kept: Server, **values: str) -> Subscription:
    usual = Subscription(
        id="one",
        account_id=kept.account_id,
        server_id=kept.id,
        links_epoch=kept.links_epoch,
        name="call.ended",
        url="https://receiver.example/hook",
        secret="whsec_" + "A" * 32,
        created_at=NOW,
        expires_at=later(3600),
    )
    return replace(usual, **values)


def _delivery(to: Subscription) -> Delivery:
    return Delivery(event_id="evt_1", subscription_id=to.id, body="{}", created_at=NOW, next_at=NOW)

"""Subscriptions and deliveries, in memory and on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.support.records import NOW, account, later, server
from tests.support.stores import Database, Memory
from vapi_mcp.accounts.records import Server
from vapi_mcp.admin.ports import Store
from vapi_mcp.events.records import MARKS_KEPT, Delivery, Subscription, Watch
from vapi_mcp.security.keyring import new_key

Place = Memory | Database
MANY = 10
SECRET = "whsec_bm90aGluZyB0aGF0IGFueWJvZHkgbWF5IHJlYWQ="


async def kept(store: Store) -> Server:
    owner = account()
    made = server(owner)
    await store.add_account(owner)
    assert await store.add_server(made, "hash")
    return made


def subscription(of: Server, name: str = "one", **values: Any) -> Subscription:
    given: dict[str, Any] = {
        "id": f"sub_{name}",
        "account_id": of.account_id,
        "server_id": of.id,
        "links_epoch": 0,
        "name": "call.ended",
        "arguments": {"assistantId": "a1", "dollars": 2.5},
        "url": "https://app.example/hook?secret=hidden",
        "secret": SECRET,
        "created_at": NOW,
        "expires_at": later(86_400),
        **values,
    }
    return Subscription(**given)


def delivery(of: Subscription, name: str = "one", **values: Any) -> Delivery:
    given: dict[str, Any] = {
        "event_id": f"evt_{name}",
        "subscription_id": of.id,
        "body": '{"eventId":"evt_one"}',
        "created_at": NOW,
        "next_at": NOW,
        **values,
    }
    return Delivery(**given)


async def test_a_subscription_is_found_and_listed_until_it_expires(place: Place) -> None:
    async with place.opened() as store:
        one = subscription(await kept(store))
        assert await store.put_subscription(one, MANY)

        assert await store.find_subscription(one.id) == one
        assert list(await store.list_subscriptions(one.account_id, NOW)) == [one]
        assert not await store.list_subscriptions(one.account_id, one.expires_at)
        assert not await store.list_subscriptions("another", NOW)


async def test_a_renewed_subscription_takes_the_place_of_the_former(place: Place) -> None:
    async with place.opened() as store:
        one = subscription(await kept(store))
        newer = replace(one, former_secret=SECRET, former_until=later(9), expires_at=later(10))
        assert await store.put_subscription(one, 1)
        assert await store.put_subscription(newer, 1)

        assert list(await store.list_subscriptions(one.account_id, NOW)) == [newer]


async def test_a_server_has_only_so_many_subscriptions(place: Place) -> None:
    async with place.opened() as store:
        of = await kept(store)
        assert await store.put_subscription(subscription(of), 1)
        assert not await store.put_subscription(subscription(of, "two"), 1)
        assert await store.put_subscription(subscription(of, "two"), 2)


async def test_a_server_that_is_not_there_has_no_subscription(place: Place) -> None:
    async with place.opened() as store:
        gone = replace(await kept(store), id="gone")
        assert not await store.put_subscription(subscription(gone), MANY)


async def test_subscriptions_end_with_their_server_and_account(place: Place) -> None:
    async with place.opened() as store:
        of = await kept(store)
        one = subscription(of)
        await store.put_subscription(one, MANY)
        await store.delete_server(of.account_id, of.id)
        assert await store.find_subscription(one.id) is None

        other = await kept(store)
        await store.put_subscription(subscription(other), MANY)
        await store.delete_account(other.account_id)
        assert await store.find_subscription(one.id) is None
        assert await store.claim_watch(later(1), later(2)) is None


async def test_an_account_is_read_by_one_process_at_a_time(place: Place) -> None:
    async with place.opened() as store:
        one = subscription(await kept(store))
        await store.put_subscription(one, MANY)

        first = Watch(one.account_id, {})
        assert await store.claim_watch(NOW, later(60)) == first
        assert await store.claim_watch(later(59), later(120)) is None
        assert await store.claim_watch(later(60), later(120)) == first

        seen = Watch(one.account_id, {"account list": later(1.5)})
        await store.keep_watch(seen, later(90))
        assert await store.claim_watch(later(89), later(120)) is None
        assert await store.claim_watch(later(90), later(120)) == seen


async def test_nothing_is_read_that_nobody_hears_of(place: Place) -> None:
    async with place.opened() as store:
        one = subscription(await kept(store))
        await store.put_subscription(one, MANY)
        assert await store.delete_subscription(one.id)
        assert not await store.delete_subscription(one.id)
        assert await store.claim_watch(NOW, later(60)) is None


async def test_an_event_is_kept_once_for_each_subscription(place: Place) -> None:
    async with place.opened() as store:
        of = await kept(store)
        one, two = subscription(of), subscription(of, "two")
        for each in (one, two):
            await store.put_subscription(each, MANY)

        both = [delivery(one), delivery(two)]
        gone = delivery(subscription(of, "gone"))
        assert await store.add_deliveries([*both, gone]) == 2
        assert await store.add_deliveries(both) == 0
        assert await store.add_deliveries([]) == 0


async def test_due_deliveries_are_given_to_one_process(place: Place) -> None:
    async with place.opened() as store:
        one = subscription(await kept(store))
        await store.put_subscription(one, MANY)
        late = delivery(one, "late", next_at=later(5))
        await store.add_deliveries([delivery(one), late])

        claimed = await store.claim_deliveries(NOW, later(60), MANY)
        assert list(claimed) == [(delivery(one, next_at=later(60)), one)]
        assert not await store.claim_deliveries(NOW, later(60), MANY)
        after = await store.claim_deliveries(later(61), later(120), 1)
        assert [each.event_id for each, _ in after] == ["evt_late"]


async def test_what_is_delivered_is_not_due_again_and_stays_known(place: Place) -> None:
    async with place.opened() as store:
        one = subscription(await kept(store))
        await store.put_subscription(one, MANY)
        await store.add_deliveries([delivery(one)])
        await store.settle_delivery(replace(delivery(one), outcome="delivered", body=""))

        assert not await store.claim_deliveries(later(9), later(60), MANY)
        assert await store.add_deliveries([delivery(one)]) == 0


async def test_expired_subscriptions_and_old_marks_are_swept(place: Place) -> None:
    async with place.opened() as store:
        of = await kept(store)
        one, two = subscription(of), subscription(of, "two", expires_at=NOW + 2 * MARKS_KEPT)
        for each in (one, two):
            await store.put_subscription(each, MANY)
        await store.add_deliveries([delivery(one), delivery(two)])

        assert await store.sweep_events(NOW, MANY) == 0
        assert await store.sweep_events(one.expires_at, MANY) == 1
        assert await store.find_subscription(one.id) is None
        assert await store.sweep_events(NOW + MARKS_KEPT, MANY) == 1
        assert await store.add_deliveries([delivery(two)]) == 1


async def test_no_url_or_secret_is_readable_in_the_database(database: Database) -> None:
    async with database.opened() as store:
        await store.put_subscription(subscription(await kept(store)), MANY)
    told = str(await database.run("select * from event_subscriptions"))
    assert "sub_one" in told
    assert SECRET not in told
    assert "hidden" not in told


async def test_subscriptions_open_after_a_rotation_of_keys(database: Database) -> None:
    fresh = new_key()
    async with database.opened() as store:
        one = subscription(await kept(store))
        await store.put_subscription(one, MANY)
    async with database.opened(fresh, database.key) as store:
        await store.reseal()
    async with database.opened(fresh) as store:
        assert await store.find_subscription(one.id) == one
        assert one.expires_at - NOW == timedelta(days=1)

"""What clients made, in memory and on both databases."""

from __future__ import annotations

from tests.support.records import NOW, account
from tests.support.stores import Database, Memory

Place = Memory | Database
ONE, TWO = ("eval", "e-1"), ("file", "f-1")


async def test_what_an_owner_made_is_listed_for_this_owner_alone(place: Place) -> None:
    async with place.opened() as store:
        await store.add_owned("account", "acme", frozenset({ONE, TWO}), NOW)

        assert await store.list_owned("account", "acme") == {ONE, TWO}
        assert await store.list_owned("account", "globex") == frozenset()
        assert await store.list_owned("another", "acme") == frozenset()


async def test_what_is_kept_already_stays(place: Place) -> None:
    async with place.opened() as store:
        await store.add_owned("account", "acme", frozenset({ONE}), NOW)
        await store.add_owned("account", "acme", frozenset({ONE, TWO}), NOW)

        assert await store.list_owned("account", "acme") == {ONE, TWO}


async def test_an_account_takes_along_what_its_clients_made(place: Place) -> None:
    async with place.opened() as store:
        kept = account()
        await store.add_account(kept)
        await store.add_owned(kept.id, "acme", frozenset({ONE}), NOW)
        await store.delete_account(kept.id)

        assert await store.list_owned(kept.id, "acme") == frozenset()

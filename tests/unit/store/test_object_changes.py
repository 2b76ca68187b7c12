"""The changes of objects, in memory and on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.records import NOW, account, later
from tests.support.stores import Database, Memory, access_to
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.admin.housekeeping import Housekeeping
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange
from vapi_mcp.security.keyring import new_key

Place = Memory | Database
EVERY = ChangeFilter()


def change(name: str = "one", **values: Any) -> ObjectChange:
    given: dict[str, Any] = {
        "id": f"vapi-change-{name}",
        "created_at": NOW,
        "expires_at": later(86_400),
        "tenant_id": "acme",
        "account_id": "account",
        "server_id": "server",
        "tool": "update_a_vapi_assistant_by_id",
        "effect": "update",
        "resource": "assistants",
        "object_id": "a1",
        "kept": "whole",
        "place": {"id": "a1"},
        "before": {"id": "a1", "name": "Anna", "large": 2**70},
        "after": {"id": "a1", "name": "Otto", "server": {"secret": "hidden-from-disk"}},
        **values,
    }
    return ObjectChange(**given)


def head(of: ObjectChange) -> ObjectChange:
    return replace(of, place={}, before=None, after=None)


async def test_a_change_is_found_by_its_id_and_listed_without_its_objects(place: Place) -> None:
    async with place.opened() as store:
        await store.add_change(change())

        assert await store.find_change("vapi-change-one") == change()
        page = await store.list_changes(EVERY, Window())
        assert page.items == (head(change()),)


async def test_an_unknown_id_has_no_change(place: Place) -> None:
    async with place.opened() as store:
        assert await store.find_change("vapi-change-none") is None


async def test_changes_are_listed_newest_first_in_pages(place: Place) -> None:
    kept = [change(str(n), created_at=later(n)) for n in range(3)]
    async with place.opened() as store:
        for each in kept:
            await store.add_change(each)

        first = await store.list_changes(EVERY, Window(2))
        rest = await store.list_changes(EVERY, Window(2, after=first.next))

    assert [each.id[-1] for each in (*first.items, *rest.items)] == ["2", "1", "0"]
    assert rest.next is None


async def test_each_filter_leaves_out_the_others_changes(place: Place) -> None:
    others = {
        "tenant_id": "other",
        "account_id": "other",
        "server_id": "other",
        "tool": "other",
        "object_id": "other",
    }
    async with place.opened() as store:
        await store.add_change(change())
        for name, value in others.items():
            await store.add_change(change(name, **{name: value}))

        for name, value in others.items():
            found = await store.list_changes(ChangeFilter(**{name: value}), Window())
            assert [each.id for each in found.items] == [f"vapi-change-{name}"]


async def test_a_change_names_what_took_it_back(place: Place) -> None:
    async with place.opened() as store:
        await store.add_change(change())
        await store.note_restored("vapi-change-one", "vapi-change-two")

        found = await store.find_change("vapi-change-one")
    assert found == change(restored_by="vapi-change-two")


async def test_old_changes_are_deleted_a_bounded_number_at_once(place: Place) -> None:
    async with place.opened() as store:
        for n in range(3):
            await store.add_change(change(str(n), expires_at=later(n)))

        counts = [await store.delete_old_changes(later(1), limit=1) for _ in range(3)]
        left = (await store.list_changes(EVERY, Window())).items
    assert (counts, [each.id for each in left]) == ([1, 1, 0], ["vapi-change-2"])


async def test_housekeeping_deletes_every_old_change(place: Place) -> None:
    async with place.opened() as store:
        for n in range(150):
            await store.add_change(change(str(n), expires_at=later(60)))
        await store.add_change(change("young", expires_at=later(3600)))

        await Housekeeping(store, access_to(store), lambda: later(60)).tidy()

        left = (await store.list_changes(EVERY, Window())).items
    assert [each.id for each in left] == ["vapi-change-young"]


async def test_changes_go_with_their_account(place: Place) -> None:
    acme = account()
    async with place.opened() as store:
        await store.add_account(acme)
        await store.add_change(change(account_id=acme.id))
        await store.add_change(change("kept"))
        await store.delete_account(acme.id)

        left = (await store.list_changes(EVERY, Window())).items
    assert [each.id for each in left] == ["vapi-change-kept"]


async def test_the_objects_are_encrypted_and_follow_a_rotation_of_keys(database: Database) -> None:
    fresh = new_key()
    async with database.opened() as store:
        await store.add_change(change())
    rows = await database.run("SELECT * FROM object_changes")
    assert "hidden-from-disk" not in str(rows)
    assert "Anna" not in str(rows)

    async with database.opened(fresh, database.key) as store:
        await store.reseal()
    async with database.opened(fresh) as store:
        assert await store.find_change("vapi-change-one") == change()


async def test_a_change_whose_key_is_lost_is_there_without_its_objects(database: Database) -> None:
    async with database.opened() as store:
        await store.add_change(change())
        await database.run("UPDATE object_changes SET sealed_states = NULL")

        found = await store.find_change("vapi-change-one")
    assert found == replace(head(change()), kept="unread")

"""What every store does, in memory and on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.support.records import CONFIG, NOW, account, api_token, later, server
from tests.support.stores import Database, Memory
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.accounts.sessions import ConsoleSession
from vapi_mcp.admin.ports import Store
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.security.credential import Credential

Place = Memory | Database


async def test_an_account_comes_back_as_it_was_kept(place: Place) -> None:
    kept = account(tenant_id="t", status="needs_reauth", last_error="401", updated_at=later(1.5))
    plain = account("Plain", region=None)
    async with place.opened() as store:
        await store.add_account(kept)
        await store.add_account(plain)
        assert await store.get_account(kept.id) == kept
        assert await store.get_account(plain.id) == plain
        assert await store.get_account("nothing") is None


async def test_a_server_and_its_config_come_back_as_they_were_kept(place: Place) -> None:
    owner = account()
    kept = server(owner, config=CONFIG, expires_at=later(60), last_used_at=later(2))
    plain = server(owner, "plain")
    async with place.opened() as store:
        await store.add_account(owner)
        assert await store.add_server(kept, "hash")
        assert await store.add_server(plain, "other hash")
        assert await store.get_server(owner.id, kept.id) == kept
        assert await store.find_server("hash", NOW) == (kept, owner)
        assert await store.find_server("other hash", NOW) == (plain, owner)
        assert await store.find_server("no hash", NOW) is None


async def test_a_server_needs_its_account(place: Place) -> None:
    async with place.opened() as store:
        assert not await store.add_server(server(account()), "hash")
        assert await store.find_server("hash", NOW) is None


async def test_a_tenant_reaches_its_own_accounts_only(place: Place) -> None:
    ours, theirs, nobodys = account(tenant_id="a"), account(tenant_id="b"), account()
    async with place.opened() as store:
        for one in (ours, theirs, nobodys):
            await store.add_account(one)
        assert (await store.list_accounts(Window(), tenant_id="a")).items == (ours,)
        for foreign in (theirs, nobodys):
            assert await store.get_account(foreign.id, tenant_id="a") is None
            assert await store.update_account(foreign.id, _renamed, tenant_id="a") is None
            assert not await store.delete_account(foreign.id, tenant_id="a")
            assert await store.get_account(foreign.id) == foreign
        changed = await store.update_account(ours.id, _renamed, tenant_id="a")
        assert changed == replace(ours, name="Acme!")
        assert await store.delete_account(ours.id, tenant_id="a")
        assert await store.get_account(ours.id) is None


async def test_a_server_is_reached_through_its_own_account_only(place: Place) -> None:
    owner, other = account(), account()
    kept = server(owner)
    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_account(other)
        await store.add_server(kept, "hash")
        assert await store.get_server(other.id, kept.id) is None
        assert await store.update_server(other.id, kept.id, lambda s: s) is None
        assert await store.replace_token(other.id, kept.id, "stolen", NOW) is None
        assert not await store.delete_server(other.id, kept.id)
        assert (await store.list_servers(other.id, Window(), NOW)).items == ()
        assert await store.find_server("hash", NOW) == (kept, owner)


async def test_a_walk_meets_every_account_once_while_others_arrive(place: Place) -> None:
    # Pairs share a moment, so that the id has to decide.
    kept = [account(f"{n}", created_at=later(n // 2)) for n in range(7)]
    async with place.opened() as store:
        for one in kept:
            await store.add_account(one)
        window, met, pages = Window(limit=3), list[Account](), list[Page[Account]]()
        while True:
            page = await store.list_accounts(window)
            pages.append(page)
            met += page.items
            await store.add_account(account("new", created_at=later(100 + len(met))))
            if page.next is None:
                break
            window = Window(limit=3, after=page.next)
        assert met == sorted(kept, key=lambda a: (a.created_at, a.id), reverse=True)
        assert [len(page.items) for page in pages] == [3, 3, 1]
        assert pages[0].previous is None
        back = await store.list_accounts(Window(limit=3, before=pages[2].previous))
        assert (back.items, back.next) == (pages[1].items, pages[1].next)
        assert back.previous == pages[1].previous


async def test_the_page_before_the_first_is_its_own_start(place: Place) -> None:
    kept = [account(f"{n}", created_at=later(n)) for n in range(4)]
    async with place.opened() as store:
        for one in kept:
            await store.add_account(one)
        second = await store.list_accounts(
            Window(limit=2, after=(await store.list_accounts(Window(limit=2))).next)
        )
        first = await store.list_accounts(Window(limit=2, before=second.previous))
        assert first.items == (kept[3], kept[2])
        assert first.previous is None
        assert second.next is None


async def test_an_exactly_full_page_is_the_last(place: Place) -> None:
    async with place.opened() as store:
        for n in range(2):
            await store.add_account(account(f"{n}"))
        page = await store.list_accounts(Window(limit=2))
        assert (len(page.items), page.next, page.previous) == (2, None, None)
        assert (await store.list_accounts(Window(limit=2), tenant_id="none")).items == ()


async def test_updates_at_once_lose_nothing(place: Place) -> None:
    kept = account("")
    async with place.opened() as store:
        await store.add_account(kept)
        await asyncio.gather(
            *(store.update_account(kept.id, _appending(letter)) for letter in "abcdefgh")
        )
        found = await store.get_account(kept.id)
        assert found is not None
        assert sorted(found.name) == list("abcdefgh")


async def test_an_update_keeps_who_and_when_and_replaces_the_rest(place: Place) -> None:
    kept = account()
    fresh = Account(
        "other",
        "New",
        Credential("new key"),
        "http://x",
        status="needs_reauth",
        last_error="401",
        updated_at=later(9),
    )
    async with place.opened() as store:
        await store.add_account(kept)
        expected = replace(fresh, id=kept.id, created_at=kept.created_at)
        assert await store.update_account(kept.id, lambda _: fresh) == expected
        assert await store.get_account(kept.id) == expected
        assert await store.update_account("nothing", lambda _: fresh) is None


async def test_what_a_change_raises_leaves_everything_as_it_was(place: Place) -> None:
    owner = account()
    kept = server(owner)

    def refuse(_: object) -> Server:
        raise ValueError("no")

    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_server(kept, "hash")
        with pytest.raises(ValueError, match="no"):
            await store.update_server(owner.id, kept.id, refuse)
        assert await store.get_server(owner.id, kept.id) == kept


async def test_an_updated_server_keeps_its_account_token_and_last_use(place: Place) -> None:
    owner = account()
    kept = server(owner, expires_at=later(5))
    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_server(kept, "hash")
        await store.touch_servers({kept.id: later(1)})
        foreign = Server("x", "narrow", "elsewhere", config=CONFIG, updated_at=later(2))
        changed = await store.update_server(owner.id, kept.id, lambda _: foreign)
        assert changed == replace(
            kept,
            name="narrow",
            config=CONFIG,
            expires_at=None,
            updated_at=later(2),
            last_used_at=later(1),
        )
        assert await store.find_server("hash", NOW) == (changed, owner)


async def test_a_replaced_token_is_dead_and_the_new_one_opens(place: Place) -> None:
    owner = account()
    kept = server(owner)
    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_server(kept, "old")
        rotated = await store.replace_token(owner.id, kept.id, "new", later(3))
        assert rotated == replace(kept, updated_at=later(3), links_epoch=1)
        assert await store.find_server("old", NOW) is None
        assert await store.find_server("new", NOW) == (rotated, owner)


async def test_a_rotation_ends_the_links_of_its_server_unless_they_are_kept(place: Place) -> None:
    owner = account()
    kept, other = server(owner), server(owner)
    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_server(kept, "old")
        await store.add_server(other, "other")
        ids = owner.id, kept.id
        epochs = [
            rotated.links_epoch
            for keep in (False, True, False)
            if (rotated := await store.replace_token(*ids, f"{keep}", NOW, keep_links=keep))
        ]
        await store.update_server(*ids, lambda s: replace(s, name="renamed"))
        found = await store.get_server(*ids), await store.get_server(owner.id, other.id)
    assert epochs == [1, 1, 2]
    assert [each.links_epoch for each in found if each] == [2, 0]


async def test_deleting_an_account_takes_its_servers_and_bound_tokens(place: Place) -> None:
    owner, other = account(), account()
    gone, stays = server(owner), server(other)
    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_account(other)
        await store.add_server(gone, "gone")
        await store.add_server(stays, "stays")
        await store.add_api_token(api_token(account_id=owner.id), "of the account")
        await store.add_api_token(api_token(server_id=gone.id), "of the server")
        free = api_token()
        await store.add_api_token(free, "free")
        assert await store.delete_account(owner.id)
        assert await store.find_server("gone", NOW) is None
        assert await store.find_api_token("of the account") is None
        assert await store.find_api_token("of the server") is None
        assert (await store.list_api_tokens(Window())).items == (free,)
        assert await store.find_server("stays", NOW) == (stays, other)
        assert not await store.delete_account(owner.id)


async def test_a_deleted_server_opens_no_more(place: Place) -> None:
    owner = account()
    kept = server(owner)
    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_server(kept, "hash")
        await store.add_api_token(api_token(server_id=kept.id), "bound")
        assert await store.delete_server(owner.id, kept.id)
        assert await store.find_server("hash", NOW) is None
        assert await store.find_api_token("bound") is None
        assert not await store.delete_server(owner.id, kept.id)


async def test_the_servers_of_all_accounts_come_in_pages_and_a_tenant_sees_its_own(
    place: Place,
) -> None:
    ours, theirs = account(tenant_id="a"), account(tenant_id="b")
    first = server(ours)
    second = server(theirs, created_at=later(1))
    third = server(ours, created_at=later(2))
    ended = server(ours, created_at=later(3), expires_at=later(0))
    async with place.opened() as store:
        for owner in (ours, theirs):
            await store.add_account(owner)
        for number, one in enumerate((first, second, third, ended)):
            await store.add_server(one, f"{number}")
        page = await store.list_all_servers(Window(2), NOW)
        rest = await store.list_all_servers(Window(2, after=page.next), NOW)
        assert (page.items, rest.items, rest.next) == ((third, second), (first,), None)
        of_one = await store.list_all_servers(Window(), NOW, tenant_id="a")
        assert of_one.items == (third, first)


async def test_expired_servers_leave_the_list_and_go_for_their_tombstones(place: Place) -> None:
    owner = account()
    first, second = server(owner, expires_at=later(-5)), server(owner, expires_at=later(0))
    lives, lasts = server(owner, expires_at=later(0.000001)), server(owner)

    def tombstone(ended: Server, of: Account) -> LogEntry:
        assert of == owner
        return LogEntry(log_type="admin", status=410, server_id=ended.id, created_at=NOW)

    async def buried() -> set[str | None]:
        return {e.server_id for e in (await store.list_entries(LogFilter(), Window())).items}

    async with place.opened() as store:
        await store.add_account(owner)
        for number, one in enumerate((second, first, lives, lasts)):
            await store.add_server(one, f"{number}")
        listed = (await store.list_servers(owner.id, Window(), NOW)).items
        assert {s.id for s in listed} == {lives.id, lasts.id}
        before = await store.revision()
        assert await store.delete_expired_servers(NOW, 1, tombstone) == 1
        assert await buried() == {first.id}
        assert await store.revision() > before
        assert await store.delete_expired_servers(NOW, 10, tombstone) == 1
        assert await buried() == {first.id, second.id}
        quiet = await store.revision()
        assert await store.delete_expired_servers(NOW, 10, tombstone) == 0
        assert await store.revision() == quiet
        assert await store.get_server(owner.id, second.id) is None
        assert await store.get_server(owner.id, lives.id) == lives


async def test_tombstone_that_cannot_be_made_keeps_the_server(place: Place) -> None:
    owner = account()
    ended = server(owner, expires_at=later(-5))

    def tombstone(_: Server, __: Account) -> LogEntry:
        raise ZeroDivisionError

    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_server(ended, "hash")
        with pytest.raises(ZeroDivisionError):
            await store.delete_expired_servers(NOW, 1, tombstone)
        assert await store.get_server(owner.id, ended.id) == ended


async def test_the_moment_of_last_use_never_goes_back(place: Place) -> None:
    owner = account()
    one, two, token = server(owner), server(owner), api_token()
    async with place.opened() as store:
        await store.add_account(owner)
        await store.add_server(one, "one")
        await store.add_server(two, "two")
        await store.add_api_token(token, "token")
        await store.touch_servers({})
        await store.touch_servers({one.id: later(5), two.id: later(3), "gone": NOW})
        await store.touch_servers({one.id: later(4), two.id: later(6)})
        await store.touch_api_tokens({token.id: later(5)})
        await store.touch_api_tokens({token.id: later(4)})
        assert await store.get_server(owner.id, one.id) == replace(one, last_used_at=later(5))
        assert await store.get_server(owner.id, two.id) == replace(two, last_used_at=later(6))
        assert await store.find_api_token("token") == replace(token, last_used_at=later(5))


async def test_api_tokens_come_back_and_a_tenant_sees_its_own(place: Place) -> None:
    admin = api_token(kind="admin", last_used_at=later(1))
    ours = api_token(tenant_id="a", created_at=later(1))
    theirs = api_token(tenant_id="b", created_at=later(2))
    async with place.opened() as store:
        for number, token in enumerate((admin, ours, theirs)):
            assert await store.add_api_token(token, f"{number}")
        assert await store.find_api_token("0") == admin
        assert await store.get_api_token(ours.id, tenant_id="a") == ours
        assert await store.get_api_token(theirs.id, tenant_id="a") is None
        assert await store.get_api_token("nothing") is None
        assert (await store.list_api_tokens(Window())).items == (theirs, ours, admin)
        assert (await store.list_api_tokens(Window(), tenant_id="a")).items == (ours,)
        assert not await store.delete_api_token(theirs.id, tenant_id="a")
        assert await store.delete_api_token(ours.id, tenant_id="a")
        assert await store.find_api_token("1") is None
        assert await store.delete_api_token(theirs.id)
        assert not await store.delete_api_token(theirs.id)


async def test_an_api_token_needs_what_it_is_bound_to(place: Place) -> None:
    async with place.opened() as store:
        assert not await store.add_api_token(api_token(account_id="nothing"), "a")
        assert not await store.add_api_token(api_token(server_id="nothing"), "b")
        assert (await store.list_api_tokens(Window())).items == ()


async def test_of_many_first_admin_tokens_one_is_kept(place: Place) -> None:
    async with place.opened() as store:
        await store.add_api_token(api_token(kind="mcp"), "not an admin's")
        tokens = [api_token(kind="admin") for _ in range(5)]
        kept = await asyncio.gather(
            *(store.add_first_api_token(token, token.id) for token in tokens)
        )
        assert sorted(kept) == [False] * 4 + [True]
        assert await store.find_api_token(tokens[kept.index(True)].id)
        assert len((await store.list_api_tokens(Window())).items) == 2


async def test_the_revision_grows_with_what_takes_a_grant_away_and_with_nothing_else(
    place: Place,
) -> None:
    owner = account()
    kept, token = server(owner), api_token()
    async with place.opened() as store:
        start = await store.revision()
        await store.add_account(owner)
        await store.add_server(kept, "hash")
        await store.add_api_token(token, "token")
        await store.add_first_api_token(api_token(kind="admin"), "first")
        await store.touch_servers({kept.id: NOW})
        assert await store.revision() == start
        await _grows(store, store.update_account(owner.id, _renamed))
        await _grows(store, store.update_server(owner.id, kept.id, lambda s: s))
        await _grows(store, store.replace_token(owner.id, kept.id, "new", NOW))
        await _grows(store, store.delete_api_token(token.id))
        await _grows(store, store.delete_server(owner.id, kept.id))
        await _grows(store, store.delete_account(owner.id))


async def _grows(store: Store, change: Awaitable[object]) -> None:
    before = await store.revision()
    await change
    assert await store.revision() > before


def _renamed(kept: Account) -> Account:
    return replace(kept, name=f"{kept.name}!")


def _appending(letter: str) -> Callable[[Account], Account]:
    return lambda kept: replace(kept, name=kept.name + letter)


async def test_a_session_comes_back_with_its_token_until_it_expires(place: Place) -> None:
    ours, theirs = api_token(kind="admin", tenant_id="a"), api_token(kind="admin", read_only=True)
    one = ConsoleSession("1", ours, "Firefox", NOW, later(60), NOW)
    two = ConsoleSession("2", theirs, "Chrome", later(1), later(120), later(1))
    async with place.opened() as store:
        assert not await store.add_session(one, "early")
        await store.add_api_token(ours, "ours")
        await store.add_api_token(theirs, "theirs")
        assert await store.add_session(one, "one")
        assert await store.add_session(two, "two")
        assert await store.find_session("one", NOW) == one
        assert await store.find_session("two", NOW) == two
        assert await store.find_session("none", NOW) is None
        assert list(await store.list_sessions(NOW)) == [two, one]
        assert list(await store.list_sessions(NOW, tenant_id="a")) == [one]
        await store.touch_session("1", later(5))
        assert await store.find_session("one", NOW) == replace(one, last_used_at=later(5))
        assert await store.find_session("one", later(60)) is None
        assert await store.delete_expired_sessions(later(60), 10) == 1
        assert list(await store.list_sessions(NOW)) == [two]


async def test_a_session_ends_for_its_tenant_and_with_its_token(place: Place) -> None:
    ours, theirs = api_token(kind="admin", tenant_id="a"), api_token(kind="admin", tenant_id="b")
    async with place.opened() as store:
        for token in (ours, theirs):
            await store.add_api_token(token, token.id)
            session = ConsoleSession(token.id, token, "Firefox", NOW, later(60), NOW)
            await store.add_session(session, token.id)
        assert not await store.delete_session(theirs.id, tenant_id="a")
        assert await store.delete_session(ours.id, tenant_id="a")
        assert not await store.delete_session(ours.id)
        assert await store.delete_api_token(theirs.id)
        assert list(await store.list_sessions(NOW)) == []

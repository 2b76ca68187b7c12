from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.records import KEY, NOW, account, api_token, server
from tests.support.stores import Database, ring_of
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.errors import ConfigurationError, StoreError
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.keyring import new_key
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash


async def test_no_secret_stands_in_the_files_of_a_data_directory(tmp_path: Path) -> None:
    database = Database(tmp_path / "data")
    tokens = [new_token(), new_token(), new_token(API_PREFIX)]
    owner = account("a name to find")
    kept = server(owner)
    seen = b""
    async with database.opened() as store:
        await store.add_account(owner)
        await store.add_server(kept, token_hash(tokens[0]))
        await store.replace_token(owner.id, kept.id, token_hash(tokens[1]), NOW)
        await store.add_api_token(api_token(), token_hash(tokens[2]))
        await store.update_account(owner.id, lambda a: replace(a, name="another name to find"))
        seen += _bytes_below(tmp_path)
    seen += _bytes_below(tmp_path)
    for secret in (KEY, database.key, *tokens):
        assert secret.encode() not in seen
    for public in ("a name to find", "another name to find", token_hash(tokens[1])):
        assert public.encode() in seen


def _bytes_below(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


async def test_no_secret_stands_in_a_row(database: Database) -> None:
    owner = account("a name to find")
    async with database.opened() as store:
        await store.add_account(owner)
    rows = repr(await database.run("SELECT * FROM accounts"))
    assert KEY not in rows
    assert "a name to find" in rows


async def test_a_data_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    database = Database(tmp_path / "data")
    async with database.opened() as store:
        await store.add_account(account())
        files = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data").iterdir()}
    assert files == dict.fromkeys(
        ["vapi-mcp.db", "vapi-mcp.db-wal", "vapi-mcp.db-shm", "vapi-mcp.lock"], 0o600
    )
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    (tmp_path / "data" / "vapi-mcp.db").chmod(0o644)
    async with database.opened():
        assert stat.S_IMODE((tmp_path / "data" / "vapi-mcp.db").stat().st_mode) == 0o600


async def test_sqlite_keeps_what_it_answered_through_a_power_cut(tmp_path: Path) -> None:
    database = Database(tmp_path / "data")
    async with database.opened():
        assert await database.run("PRAGMA journal_mode") == [("wal",)]
        assert await database.run("PRAGMA synchronous") == [(2,)]
        assert await database.run("PRAGMA foreign_keys") == [(1,)]


async def test_a_key_moved_to_another_account_does_not_open(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    mine, theirs = account(tenant_id="a"), account(tenant_id="b")
    async with database.opened() as store:
        await store.add_account(mine)
        await store.add_account(theirs)
        await store.add_server(server(mine), "hash")
        await database.run(
            "UPDATE accounts SET sealed_key = (SELECT sealed_key FROM accounts WHERE id = :theirs) "
            "WHERE id = :mine",
            mine=mine.id,
            theirs=theirs.id,
        )
        for reading in (store.get_account(mine.id), store.find_server("hash", NOW)):
            with pytest.raises(StoreError) as caught:
                await reading
            assert caught.value.reference in str(caught.value)
            assert caplog.records[-1].__dict__["reference"] == caught.value.reference
        assert await store.get_account(theirs.id) == theirs
    assert KEY not in caplog.text


@pytest.mark.parametrize("empty", [True, False])
async def test_another_key_stops_the_start(database: Database, *, empty: bool) -> None:
    async with database.opened() as store:
        if not empty:
            await store.add_account(account())
    other = new_key()
    with pytest.raises(ConfigurationError, match="encrypted with other keys") as caught:
        async with database.opened(other):
            pass
    assert other not in str(caught.value)
    async with database.opened() as store:
        assert len((await store.list_accounts(Window())).items) == (not empty)


async def test_a_sealed_text_is_a_mark_too_as_earlier_databases_have_it(database: Database) -> None:
    async with database.opened():
        pass
    sealed = ring_of(database.key).seal("this opens with the right key", "installation", "canary")
    await database.run("UPDATE state SET canary = :mark", mark=sealed)
    async with database.opened():
        pass
    await database.run("UPDATE state SET canary = :mark", mark=f"{sealed[:-8]}AAAAAAA=")
    with pytest.raises(ConfigurationError, match="encrypted with other keys"):
        async with database.opened():
            pass


async def test_a_key_that_an_account_needs_cannot_be_left_out(database: Database) -> None:
    added = new_key()
    async with database.opened(added, database.key) as store:
        await store.add_account(account())
    with pytest.raises(ConfigurationError, match="encrypted with other keys"):
        async with database.opened():
            pass


async def test_rotation_seals_everything_anew_beside_a_running_service(database: Database) -> None:
    fresh = new_key()
    kept = [account(f"{n}") for n in range(3)]
    # The service knows both keys before the new one seals.
    async with database.opened(database.key, fresh) as service:
        for one in kept[:2]:
            await service.add_account(one)
        async with database.opened(fresh, database.key) as rotating:
            await rotating.add_account(kept[2])
            assert await rotating.reseal() == 2
            assert await rotating.reseal() == 0
        for one in kept:
            assert await service.get_account(one.id) == one
    async with database.opened(fresh) as store:
        assert [await store.get_account(one.id) for one in kept] == kept
    with pytest.raises(ConfigurationError, match="encrypted with other keys"):
        async with database.opened():
            pass


async def test_rotation_covers_more_accounts_than_one_transaction(tmp_path: Path) -> None:
    database, fresh = Database(tmp_path / "data"), new_key()
    async with database.opened() as store:
        for number in range(105):
            await store.add_account(account(f"{number}"))
    async with database.opened(fresh, database.key) as store:
        assert await store.reseal() == 105
    async with database.opened(fresh) as store:
        page = await store.list_accounts(Window(limit=200))
        assert {one.credential for one in page.items} == {Credential(KEY)}

"""A database file that goes away, cannot grow, or lies where others may write."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.errors import ConfigurationError, StoreError
from vapi_mcp.security.keyfile import load_keyring
from vapi_mcp.security.keyring import KeyRing, new_key, parse_keys
from vapi_mcp.store import file_lock as locks
from vapi_mcp.store.file_lock import file_lock
from vapi_mcp.store.outage import Outage
from vapi_mcp.store.sql.engine import postgresql_url
from vapi_mcp.store.sql.sql_store import open_store

RING = KeyRing(parse_keys(new_key(), "the test"))


@pytest.mark.parametrize("ending", ["replaced", "deleted"])
async def test_nothing_is_acknowledged_once_the_database_file_is_gone(
    ending: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(tmp_path / "data", RING) as store:
        await store.add_api_token(ApiToken("1", "one", "admin"), "hash-1")
        _remove(tmp_path / "data" / "vapi-mcp.db", is_replaced=ending == "replaced")
        with pytest.raises(StoreError):
            await store.revision()
        with pytest.raises(StoreError):
            await store.try_write()
        with pytest.raises(StoreError):
            await store.add_api_token(ApiToken("2", "two", "admin"), "hash-2")
    assert "deleted or replaced while it was in use" in caplog.text


async def test_a_trial_write_reaches_the_file(tmp_path: Path) -> None:
    """SQLite 3 skips an update that changes nothing, so a full disk would look writable."""
    async with open_store(tmp_path / "data", RING) as store:
        beside = sqlite3.connect(tmp_path / "data" / "vapi-mcp.db")
        with closing(beside):
            seen = [beside.execute("PRAGMA data_version").fetchone()]
            for _ in range(2):
                await store.try_write()
                seen.append(beside.execute("PRAGMA data_version").fetchone())
            revision = beside.execute("SELECT revision FROM state").fetchone()
    assert len(set(seen)) == 3
    assert revision == (0,)


def _remove(path: Path, *, is_replaced: bool) -> None:
    path.rename(path.with_name("kept.db"))
    if is_replaced:
        path.touch()


def test_failure_that_lasts_is_logged_once_and_then_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outage = Outage()
    failed = [outage.note(OSError("the disk is full")) for _ in range(50)]
    other = outage.note(OSError("something else"))
    outage.end()
    outage.end()
    assert len({each.reference for each in failed}) == 1
    assert failed[0].reference in str(failed[-1])
    assert other.reference != failed[0].reference
    said = [(each.message, getattr(each, "repeated", None)) for each in caplog.records]
    assert said == [
        ("the store failed", 0),
        ("the store failed", 49),
        ("the store answers again", 0),
    ]


def test_failure_that_comes_and_goes_is_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [1000.0]
    monkeypatch.setattr("vapi_mcp.store.outage.time.monotonic", lambda: seconds[0])
    outage = Outage()
    for moment in (1000.0, 1059.0, 1060.0):
        seconds[0] = moment
        for _ in range(20):
            outage.note(OSError("the disk is full"))
            outage.end()
    said = [(each.message, getattr(each, "repeated", None)) for each in caplog.records]
    assert said == [
        ("the store failed", 0),
        ("the store answers again", 0),
        ("the store failed", 39),
        ("the store answers again", 0),
    ]


async def test_full_disk_at_start_is_not_taken_for_another_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    class Full(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            raise full

    usual = sqlite3.connect
    monkeypatch.setattr(locks.sqlite3, "connect", lambda *a, **k: usual(*a, factory=Full, **k))
    with pytest.raises(ConfigurationError, match="cannot be used: database or disk is full"):
        async with file_lock(tmp_path / "x.lock", seconds=0, otherwise="held"):
            pass


async def test_held_lock_says_who_holds_it(tmp_path: Path) -> None:
    async with file_lock(tmp_path / "x.lock", seconds=0, otherwise="held"):
        with pytest.raises(ConfigurationError, match="^held$"):
            async with file_lock(tmp_path / "x.lock", seconds=0, otherwise="held"):
                pass


def test_data_directory_that_others_may_write_is_refused_and_one_they_may_read_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for mode in (0o700, 0o755, 0o777, 0o770):
        directory = tmp_path / oct(mode)
        directory.mkdir()
        os.chmod(directory, mode)  # noqa: PTH101 - past the umask
        if mode & 0o022:
            with pytest.raises(
                ConfigurationError, match="can be written by other users; run chmod 700"
            ):
                load_keyring(None, directory, may_make=True)
        else:
            load_keyring(None, directory, may_make=True)
    assert [each.message for each in caplog.records if each.levelno == logging.WARNING] == [
        f"{tmp_path / '0o755'} can be read by other users; run chmod 700 on it"
    ]


def test_at_sign_in_a_database_password_is_named_and_the_password_is_not() -> None:
    with pytest.raises(ConfigurationError, match="%40; then its host is 'db.internal'") as caught:
        postgresql_url("postgresql://vapi:first@second@db.internal/vapi")
    assert "second" not in str(caught.value)
    assert postgresql_url("postgresql://vapi:first%40second@db.internal/vapi")[0].password

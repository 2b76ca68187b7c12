"""`keys rotate`, through the command line's own entry."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.e2e.shell import Ran, run_here
from tests.support.records import KEY, account
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.hosting.data.storage import opened_store
from vapi_mcp.security import keyfile
from vapi_mcp.security.keyring import new_key
from vapi_mcp.settings import load_settings
from vapi_mcp.store import rotation
from vapi_mcp.store.file_lock import file_lock

SETTING = "VAPI_MCP_ENCRYPTION_KEYS"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAPI_MCP_DATA_DIR", str(tmp_path))
    # Nobody else reads the file, so nobody has to be waited for.
    monkeypatch.setattr(keyfile, "_LOOK_AGAIN_SECONDS", 0)
    monkeypatch.setattr(rotation, "_SEEN_SECONDS", 0)
    monkeypatch.setattr(rotation, "_COMMITTED_SECONDS", 0)
    return tmp_path


def rotate(*options: str, capsys: pytest.CaptureFixture[str]) -> Ran:
    return run_here("keys", "rotate", *options, capsys=capsys)


def keep(one: Account) -> None:
    async def kept() -> None:
        async with opened_store(load_settings()) as store:
            await store.add_account(one)

    asyncio.run(kept())


def read() -> list[Account]:
    async def found() -> list[Account]:
        async with opened_store(load_settings()) as store:
            return list((await store.list_accounts(Window())).items)

    return asyncio.run(found())


def test_a_rotation_leaves_one_new_key_and_tells_what_it_does_but_no_key(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = account()
    keep(kept)
    path = data / "encryption.keys"
    old = path.read_text()
    ran = rotate(capsys=capsys)
    assert ran.code == 0
    assert ran.out.startswith("1 account encrypted with a new key. Cursors and links signed with")
    store, *steps = ran.err.splitlines()
    assert store == f"store: {data / 'vapi-mcp.db'}"
    assert len(steps) == 4
    (new,) = path.read_text().split()
    assert new != old.strip()
    assert read() == [kept]
    assert not any(secret in ran.out + ran.err for secret in (KEY, new, old.strip()))


def test_the_keys_of_the_setting_are_rotated_by_whoever_sets_them(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, kept = new_key(), new_key(), account()
    monkeypatch.setenv(SETTING, old)
    keep(kept)
    ran = rotate(capsys=capsys)
    assert ran.code == 1
    assert "there is only one key" in ran.err
    assert [line[:4].strip() for line in ran.err.splitlines()[3:]] == ["1.", "2.", "3.", "4."]
    monkeypatch.setenv(SETTING, f"{new},{old}")
    sealed = rotate(capsys=capsys)
    assert sealed.out.startswith(f"1 account encrypted with the first key of {SETTING}.")
    monkeypatch.setenv(SETTING, new)
    assert read() == [kept]
    assert not any(key in ran.err + sealed.out for key in (old, new))
    assert not (data / "encryption.keys").exists()


def test_a_key_file_that_other_machines_may_not_see_is_left_alone(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(account())
    before = (data / "encryption.keys").read_text()
    url = "postgresql://127.0.0.1:9/nowhere"
    assert "--shared-key-file" in rotate("--database-url", url, capsys=capsys).complaint
    assert (data / "encryption.keys").read_text() == before


def test_two_rotations_do_not_run_at_once(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(account())

    async def meanwhile() -> Ran:
        async with file_lock(data / "encryption.lock", seconds=0, otherwise=""):
            return await asyncio.to_thread(rotate, capsys=capsys)

    assert (
        asyncio.run(meanwhile()).complaint
        == "vapi-mcp: another rotation is running; wait until it ends"
    )

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.records import KEY, account
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security import keyfile
from vapi_mcp.security.keyfile import FileKeyRing, load_keyring
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.signing import Signer
from vapi_mcp.store.file_lock import file_lock
from vapi_mcp.store.rotation import Rotation
from vapi_mcp.store.sql.sql_store import SqlStore, open_store

STEPS = 4
PAUSES = 3


@pytest.fixture(autouse=True)
def _files_are_looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfile, "_LOOK_AGAIN_SECONDS", 0)


@asynccontextmanager
async def process(directory: Path) -> AsyncGenerator[tuple[SqlStore, FileKeyRing]]:
    """Open the store as any process does, with a ring of its own that reads the key file."""
    ring = load_keyring(None, directory, may_make=True)
    assert isinstance(ring, FileKeyRing)
    async with open_store(directory, ring) as store:
        yield store, ring


class _Killed(BaseException):
    """The end of a process at a certain point."""


class Watch:
    """Counts the points a rotation comes by, and ends it at one of them."""

    def __init__(self, end_at: int | None = None) -> None:
        self.passed = 0
        self.steps: list[str] = []
        self._end_at = end_at

    def tell(self, step: str) -> None:
        self.steps.append(step)
        self._pass()

    async def pause(self, seconds: float) -> None:
        assert seconds > 1
        self._pass()

    def _pass(self) -> None:
        if self.passed == self._end_at:
            raise _Killed
        self.passed += 1


async def rotate(store: SqlStore, ring: FileKeyRing, watch: Watch) -> int:
    return await Rotation(store, ring.path, tell=watch.tell, pause=watch.pause).run()


async def opens(directory: Path) -> list[Account]:
    """Return what a process that starts now can read."""
    async with process(directory) as (store, _):
        return list((await store.list_accounts(Window())).items)


class Services(Watch):
    """Processes that go on serving during the pauses, the last one to see a changed file late."""

    def __init__(self, *services: tuple[SqlStore, FileKeyRing], slow: SqlStore) -> None:
        super().__init__()
        self.made: list[Account] = []
        self._services = services
        self._slow = slow

    async def pause(self, seconds: float) -> None:
        await super().pause(seconds)
        for _, ring in self._services:
            # As if minutes had passed since it looked for new keys.
            ring._looked = -math.inf  # pyright: ignore[reportPrivateUsage] - as if time had passed
            await self.serve()
        if self.passed == STEPS + PAUSES - 1:
            # What was sealed with the old key before this pause is committed only now.
            await self._make(self._slow)

    async def serve(self) -> None:
        """Let every process keep an account, and read all those that others kept."""
        for store, _ in self._services:
            await self._make(store)
        for store, _ in self._services:
            found = (await store.list_accounts(Window(limit=1000))).items
            assert {one.id for one in found} == {one.id for one in self.made}
            assert {one.credential.secret for one in found} == {KEY}

    async def _make(self, store: SqlStore) -> None:
        self.made.append(account(f"{len(self.made)}"))
        await store.add_account(self.made[-1])


async def test_services_work_through_a_whole_rotation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They look only when they are told to.
    monkeypatch.setattr(keyfile, "_LOOK_AGAIN_SECONDS", math.inf)
    async with (
        process(tmp_path) as rotating,
        process(tmp_path) as prompt,
        process(tmp_path) as late,
        open_store(tmp_path, KeyRing(rotating[1].keys)) as slow,
    ):
        old, signed = rotating[1].keys, Signer(prompt[1], "cursor").sign(b"place", "list")
        services = Services(rotating, prompt, late, slow=slow)
        await services.serve()
        # All that were made before the new key came first, three by those that saw it late, and
        # the slow one's.
        assert await rotate(*rotating, services) == 3 + 9 + 3 + 1
        assert (len(services.steps), services.passed) == (STEPS, STEPS + PAUSES)
    async with process(tmp_path) as (store, ring):
        assert len(ring.keys) == 1
        assert ring.keys != old
        assert Signer(ring, "cursor").open(signed, "list") is None
        found = (await store.list_accounts(Window(limit=1000))).items
    assert sorted(one.id for one in found) == sorted(one.id for one in services.made)


@pytest.mark.parametrize("point", range(STEPS + PAUSES))
async def test_a_rotation_killed_at_any_point_loses_nothing_and_is_finished_by_the_next(
    tmp_path: Path, point: int
) -> None:
    kept = account()
    async with process(tmp_path) as (store, ring):
        await store.add_account(kept)
        before = ring.keys
        with pytest.raises(_Killed):
            await rotate(store, ring, Watch(end_at=point))
    unfinished = tmp_path / f".{ring.path.name}.half"
    unfinished.touch()
    assert await opens(tmp_path) == [kept]
    async with process(tmp_path) as (store, ring):
        await rotate(store, ring, Watch())
        (key,) = ring.keys
        assert key not in before
    assert await opens(tmp_path) == [kept]
    assert not unfinished.exists()


async def test_a_process_that_starts_at_any_point_of_a_rotation_can_read_everything(
    tmp_path: Path,
) -> None:
    kept = account()
    seen: list[list[Account]] = []

    class Visited(Watch):
        async def pause(self, seconds: float) -> None:
            await super().pause(seconds)
            seen.append(await opens(tmp_path))

    async with process(tmp_path) as (store, ring):
        await store.add_account(kept)
        await rotate(store, ring, Visited())
    assert seen == [[kept]] * PAUSES


async def test_a_lock_has_one_holder_and_is_free_afterwards(tmp_path: Path) -> None:
    async with file_lock(tmp_path / "a.lock", seconds=0, otherwise=""):
        with pytest.raises(ConfigurationError, match="somebody has it"):
            async with file_lock(tmp_path / "a.lock", seconds=0, otherwise="somebody has it"):
                pass
    async with file_lock(tmp_path / "a.lock", seconds=0, otherwise=""):
        pass

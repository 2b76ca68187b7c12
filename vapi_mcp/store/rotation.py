"""The rotation of the key file: a new key, and all secrets encrypted again with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from vapi_mcp.security.keyfile import write_keys
from vapi_mcp.security.keyring import Key, new_key, parse_keys
from vapi_mcp.store.sql.sql_store import SqlStore

# Longer than a process takes to see a changed key file, and than a transaction can take that
# sealed something with the key from before.
_SEEN_SECONDS = 2.0
_COMMITTED_SECONDS = 15.0


class Rotation:
    """One rotation of a key file beside processes that go on working.

    It may end at any point: what was sealed still opens, and another rotation takes up from there.
    Only one may run at a time.

    path: the key file, which the store's ring reads. tell: hears of each step before it is taken.
    pause: waits so many seconds.
    """

    def __init__(
        self,
        store: SqlStore,
        path: Path,
        *,
        tell: Callable[[str], None],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._store = store
        self._path = path
        self._tell = tell
        self._pause = pause

    async def run(self) -> int:
        """Rotate, and return how many accounts are encrypted with the new key.

        Raises:
            StoreError: A key does not open, or the store failed. The older keys are still there.
        """
        old, *older = self._keys()
        if older:
            self._tell("finishing an earlier rotation, or removing keys that are not needed")
            await self._seal_with_first()
        fresh = new_key()
        self._tell("adding a new key")
        write_keys(self._path, [old.text, fresh])
        await self._pause(_SEEN_SECONDS)
        self._tell("encrypting with the new key from now on")
        write_keys(self._path, [fresh, old.text])
        count = await self._seal_with_first()
        self._tell("removing the old key")
        write_keys(self._path, [fresh])
        return count

    async def _seal_with_first(self) -> int:
        await self._pause(_SEEN_SECONDS)
        self._tell("encrypting again what older keys encrypted")
        count = await self._store.reseal()
        await self._pause(_COMMITTED_SECONDS)
        return count + await self._store.reseal()

    def _keys(self) -> tuple[Key, ...]:
        return parse_keys(self._path.read_text("ascii"), str(self._path))

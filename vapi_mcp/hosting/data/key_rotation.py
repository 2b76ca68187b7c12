"""The rotation of an installation's keys, for the command and for the console."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from vapi_mcp.admin.access.keys import KeyRingState
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security.keyfile import FileKeyRing
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.settings import Settings
from vapi_mcp.store.file_lock import file_lock
from vapi_mcp.store.rotation import Rotation
from vapi_mcp.store.sql.sql_store import SqlStore

SETTING = "VAPI_MCP_ENCRYPTION_KEYS"
_STEPS = f"""To rotate the keys of {SETTING}:
  1. Add a new key at its end (openssl rand -base64 32) and restart every process.
  2. Move the new key to its beginning and restart every process.
  3. Run `vapi-mcp keys rotate` with that setting: it encrypts everything with the first key.
  4. Take the old keys out and restart every process."""


class InstalledKeys:
    """The keys of an installation, in its key file or in the setting.

    tell: hears of each step before it is taken.
    """

    def __init__(
        self,
        settings: Settings,
        ring: KeyRing,
        store: SqlStore,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._ring = ring
        self._store = store
        self._tell = tell

    @property
    def state(self) -> KeyRingState:
        """The keys as they are now."""
        count = len(self._ring.keys)
        if not isinstance(self._ring, FileKeyRing):
            return KeyRingState("setting", count)
        return KeyRingState("file", count, self._settings.database_url is not None)

    async def rotate(self, *, has_shared_file: bool = False) -> int:
        """Replace the file's key, or encrypt everything with the first key of the setting.

        Raises:
            ConfigurationError: That is not possible as things stand; it says what to do.
            StoreError: The store failed; another rotation goes on from there.
        """
        check_can_rotate(self._settings, self._ring, has_shared_file=has_shared_file)
        if isinstance(self._ring, FileKeyRing):
            return await self._rotate_file(self._ring)
        return await self._store.reseal()

    async def _rotate_file(self, ring: FileKeyRing) -> int:
        lock = file_lock(
            ring.path.with_suffix(".lock"),
            seconds=0,
            otherwise="another rotation is running; wait until it ends",
        )
        async with lock:
            rotation = Rotation(self._store, ring.path, tell=self._tell, pause=asyncio.sleep)
            return await rotation.run()


def check_can_rotate(settings: Settings, ring: KeyRing, *, has_shared_file: bool) -> None:
    """Refuse a rotation that cannot be done, or that would lock other replicas out.

    Raises:
        ConfigurationError: It is one; it says what to do.
    """
    if not isinstance(ring, FileKeyRing):
        if len(ring.keys) == 1:
            raise ConfigurationError(
                f"there is only one key, so there is no key to rotate to.\n{_STEPS}"
            )
    elif settings.database_url and not has_shared_file:
        raise ConfigurationError(
            f"replicas that do not read {ring.path} cannot decrypt what a new key encrypts: "
            "add --shared-key-file if all replicas read it; if not, put the keys into "
            f"{SETTING}"
        )

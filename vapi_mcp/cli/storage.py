from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from vapi_mcp.access.keyfile import load_keyring
from vapi_mcp.access.keyring import KeyRing
from vapi_mcp.settings import Settings
from vapi_mcp.store.engine import database_file
from vapi_mcp.store.sql_store import SqlStore, open_store


def key_ring(settings: Settings) -> KeyRing:
    """Return the keys of the settings, else of the data directory, making them for a new store.

    Raises:
        ConfigurationError: The keys are missing or cannot be used.
    """
    given = settings.encryption_keys
    return load_keyring(
        given.get_secret_value() if given else None,
        settings.data_dir,
        may_make=not database_file(settings.data_dir).exists(),
    )


def opened_store(settings: Settings) -> AbstractAsyncContextManager[SqlStore]:
    """Yield the store of the settings, ready for use.

    Raises:
        ConfigurationError: The database or its keys cannot be used.
    """
    return open_store(settings.database, key_ring(settings))

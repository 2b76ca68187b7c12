"""The store and the key ring that the settings name."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.security.keyfile import load_keyring
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.settings import Settings
from vapi_mcp.store.sql.engine import database_file, postgresql_url
from vapi_mcp.store.sql.sql_store import SqlStore, open_store


def key_ring(settings: Settings, *, may_make: bool = True) -> KeyRing:
    """Return the keys of the settings, else of the data directory, making them for a new store.

    Raises:
        ConfigurationError: The keys are missing or cannot be used.
    """
    given = settings.encryption_keys
    return load_keyring(
        given.get_secret_value() if given else None,
        settings.data_dir,
        may_make=may_make and not database_file(settings.data_dir).exists(),
    )


def opened_store(
    settings: Settings, *, may_make: bool = True
) -> AbstractAsyncContextManager[SqlStore]:
    """Yield the store of the settings, ready for use.

    Raises:
        ConfigurationError: The database or its keys cannot be used, or are not there and may not
            be made.
    """
    if not may_make:
        check_is_there(settings)
    return open_store(settings.database, key_ring(settings, may_make=may_make))


def named_store(settings: Settings) -> str:
    """Return which store the settings mean, without its password."""
    if settings.database_url is None:
        return str(database_file(settings.data_dir))
    url, _ = postgresql_url(settings.database_url.get_secret_value())
    return f"PostgreSQL {url.database} at {url.host or 'its usual socket'}"


def check_is_there(settings: Settings) -> None:
    """Refuse a data directory without a database, and an invalid database URL.

    Raises:
        ConfigurationError: It is either.
    """
    if settings.database_url is not None:
        postgresql_url(settings.database_url.get_secret_value())
    elif not database_file(settings.data_dir).exists():
        raise ConfigurationError(
            f"there is no installation in {settings.data_dir}: name another directory with "
            "--data-dir or VAPI_MCP_DATA_DIR, or create one with `vapi-mcp serve` or "
            "`vapi-mcp account create`"
        )

"""Connections: to a SQLite file on one machine, or to a PostgreSQL shared by replicas."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.store.async_sql import AsyncEngine, create_async_engine

_FILE_NAME = "vapi-mcp.db"
_BUSY_SECONDS = 10
_CONNECT_SECONDS = 5
_ANSWER_SECONDS = 10
_POOL_SIZE = 10
_POOL_WAIT_SECONDS = 5
# What a URL may say after its question mark: host and port also name a socket or several machines.
_PARAMETERS = frozenset({"sslmode", "host", "port"})
_PRAGMAS = (
    f"busy_timeout = {_BUSY_SECONDS * 1000}",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
)


def database_file(data_dir: Path) -> Path:
    """Return where a data directory keeps its database."""
    return data_dir / _FILE_NAME


def make_engine(where: str | Path, *, answer_seconds: float = _ANSWER_SECONDS) -> AsyncEngine:
    """Return the engine of a `postgresql://` URL or of a data directory; nothing is opened yet.

    answer_seconds: how long one statement may take in PostgreSQL.

    Raises:
        ConfigurationError: The URL is no PostgreSQL URL, or the directory cannot be used.
    """
    if isinstance(where, Path):
        return _sqlite(database_file(where))
    return _postgresql(where, answer_seconds)


def _sqlite(path: Path) -> AsyncEngine:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Once it is there it is not opened: to close it would end the locks of this process on it.
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be used: {error.strerror}") from error
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)), hide_parameters=True
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late, before the first write: ours is below.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes then would fail, not wait, if another one wrote.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def postgresql_url(text: str) -> tuple[URL, str | None]:
    """Return the URL of a PostgreSQL as its driver takes it, and the mode of TLS it asks for.

    Raises:
        ConfigurationError: It is no such URL, or has a parameter that nothing here reads.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise ConfigurationError("the database URL is not a URL") from error
    if "@" in (url.host or ""):
        raise ConfigurationError(
            "the database URL has an @ in its password, which must be written as %40; then "
            f"its host is {(url.host or '').rpartition('@')[2]!r}"
        )
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ConfigurationError("the database URL does not begin with postgresql://")
    if unread := sorted(set(url.query) - _PARAMETERS):
        raise ConfigurationError(
            f"the database URL has the parameter {unread[0]!r}; of those only sslmode is read, and "
            "other options from the environment, such as PGSSLROOTCERT"
        )
    mode = url.query.get("sslmode")
    bare = url.difference_update_query(["sslmode"]).set(drivername="postgresql+asyncpg")
    return bare, str(mode) if mode else None


def _postgresql(text: str, answer_seconds: float) -> AsyncEngine:
    url, mode = postgresql_url(text)
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=_POOL_SIZE,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": answer_seconds,
            **({"ssl": mode} if mode else {}),
        },
    )

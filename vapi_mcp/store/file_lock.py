"""A lock between processes, by a file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from vapi_mcp.errors import ConfigurationError

_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@asynccontextmanager
async def file_lock(path: Path, *, seconds: float, otherwise: str) -> AsyncGenerator[None]:
    """Hold a lock that one process can have, and that ends with it however it ends.

    The lock is a SQLite file of its own, which works alike on every system.

    Raises:
        ConfigurationError: Another process does not let go in time, as `otherwise` says, or the
            file cannot be used, as on a full disk.
    """
    lock = await asyncio.to_thread(_locked, path, seconds, otherwise)
    try:
        yield
    finally:
        lock.close()


def _locked(path: Path, seconds: float, otherwise: str) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be used: {error.strerror}") from error
    lock = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if error.sqlite_errorcode & 0xFF in _HELD:
            raise ConfigurationError(otherwise) from error
        raise ConfigurationError(f"{path} cannot be used: {error}") from error
    return lock

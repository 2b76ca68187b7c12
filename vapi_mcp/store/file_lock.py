from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from vapi_mcp.errors import ConfigurationError


@asynccontextmanager
async def file_lock(path: Path, *, seconds: float, otherwise: str) -> AsyncGenerator[None]:
    """Hold a lock that one process can have, and that ends with it however it ends.

    The lock is a SQLite file of its own, which works alike on every system.

    Raises:
        ConfigurationError: Another process does not let go in time; `otherwise` says which.
    """
    lock = await asyncio.to_thread(_locked, path, seconds, otherwise)
    try:
        yield
    finally:
        lock.close()


def _locked(path: Path, seconds: float, otherwise: str) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    lock = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise ConfigurationError(otherwise) from error
    return lock

"""Processes that start at the same moment over one empty installation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stores import Database, PostgreSQL


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database without tables: here the migrations are what is tested."""
    if request.param == "sqlite":
        return Database(tmp_path / "data")
    server: PostgreSQL = request.getfixturevalue("server")
    return Database(server.emptied())


# What a process does as it starts, told when to by a line on its standard input.
_START = """
import asyncio, sys
from pathlib import Path
from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.security.keyfile import load_keyring
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.store.sql.engine import database_file
from vapi_mcp.store.sql.sql_store import open_store

async def start(where, directory):
    ring = load_keyring(None, directory, may_make=not database_file(directory).exists())
    async with open_store(where or directory, ring) as store:
        print(await store.revision(), ring.keys[0].id)

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(start(sys.argv[1], Path(sys.argv[2])))
"""


def test_processes_that_start_together_share_one_database_and_one_key(
    database: Database, tmp_path: Path
) -> None:
    directory = database.where if isinstance(database.where, Path) else tmp_path / "keys"
    where = "" if isinstance(database.where, Path) else database.where
    command = [sys.executable, "-c", _START, where, str(directory)]
    starts = [_started(command) for _ in range(3)]
    for start in starts:
        assert start.stdout is not None
        assert start.stdout.readline() == "ready\n"
    for start in starts:
        assert start.stdin is not None
        start.stdin.write("go\n")
        start.stdin.flush()
    told = [start.communicate(timeout=30) for start in starts]
    assert {errors for _, errors in told} == {""}
    assert len({output for output, _ in told}) == 1
    assert told[0][0].startswith("0 ")


def _started(command: list[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )

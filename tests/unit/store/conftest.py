from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.stores import Database, Memory, PostgreSQL, migrated, postgresql


@pytest.fixture(scope="session")
def server() -> Generator[PostgreSQL]:
    with postgresql() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return migrated(tmp_path / "data")
    server: PostgreSQL = request.getfixturevalue("server")
    return Database(server.migrated())


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Memory | Database:
    if request.param == "memory":
        return Memory()
    if request.param == "sqlite":
        return migrated(tmp_path / "data")
    server: PostgreSQL = request.getfixturevalue("server")
    return Database(server.migrated())

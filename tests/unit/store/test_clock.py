"""Clocks that are moved: set forward by an operator, set back by a time server, or both."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from tests.support.records import NOW, account, later, server
from tests.support.stores import Database, access_to
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Server
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.housekeeping import Housekeeping
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.errors import AccessError
from vapi_mcp.security.tokens import new_token, token_hash
from vapi_mcp.store.sql.sql_store import SqlStore


@dataclass(slots=True)
class House:
    """A store with one server, and a process that serves it by a clock that is set by hand."""

    store: SqlStore
    server: Server
    token: str = field(default_factory=new_token)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.service = access_to(self.store, lambda: self.now)
        self.keeping = Housekeeping(self.store, self.service, lambda: self.now)

    service: AccessService = field(init=False)
    keeping: Housekeeping = field(init=False)

    async def is_open(self, seconds: float, *, to_another: bool = False) -> bool:
        """Say whether the token opens at a moment, also to a process that believes nothing yet."""
        self.now = later(seconds)
        service = access_to(self.store, lambda: self.now) if to_another else self.service
        try:
            await service.resolve(self.token)
        except AccessError:
            return False
        return True

    async def listed(self, seconds: float) -> list[str]:
        page = await self.store.list_servers(self.server.account_id, Window(9), later(seconds))
        return [each.id for each in page.items]

    async def tombstones(self) -> list[str | None]:
        page = await self.store.list_entries(LogFilter(action="server.expired"), Window(9))
        return [entry.server_id for entry in page.items]


@asynccontextmanager
async def house(database: Database, **values: Any) -> AsyncGenerator[House]:
    async with database.opened() as store:
        owner = account()
        await store.add_account(owner)
        kept = House(store, server(owner, **values))
        await store.add_server(kept.server, token_hash(kept.token))
        yield kept


async def test_server_ends_when_the_clock_says_so_however_it_came_there(
    database: Database,
) -> None:
    async with house(database, expires_at=later(60)) as kept:
        assert await kept.is_open(0)
        # Set forward within the half second that a grant is believed for.
        assert not await kept.is_open(60)
        assert await kept.listed(60) == []
        # Set back before anybody took it away: its end lies ahead again.
        assert await kept.is_open(59)


async def test_expired_server_that_was_taken_away_stays_so_when_the_clock_is_set_back(
    database: Database,
) -> None:
    async with house(database, expires_at=later(60)) as kept:
        assert await kept.is_open(0)
        kept.now = later(61)
        await kept.keeping.tidy()
        for seconds in (61, 0, -86_400, 86_400):
            assert not await kept.is_open(seconds, to_another=True)
            assert await kept.listed(seconds) == []
            await kept.keeping.tidy()
        assert await kept.tombstones() == [kept.server.id]


@pytest.mark.parametrize("by", ["delete", "rotate", "account"])
async def test_clock_that_jumps_back_revives_nothing_that_was_taken_away(
    database: Database, by: str
) -> None:
    async with house(database) as kept:
        assert await kept.is_open(100)
        ids = (kept.server.account_id, kept.server.id)
        if by == "delete":
            assert await kept.store.delete_server(*ids)
        elif by == "rotate":
            assert await kept.store.replace_token(*ids, "another", later(100))
        else:
            assert await kept.store.delete_account(kept.server.account_id)
        # What the process that did it does, too.
        kept.service.forget()
        for seconds in (100, 0, -86_400):
            assert not await kept.is_open(seconds)
            assert not await kept.is_open(seconds, to_another=True)
        assert await kept.tombstones() == []


async def test_clock_that_is_set_back_lets_no_grant_be_believed_for_longer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    monkeypatch.setattr("vapi_mcp.accounts.service.time.monotonic", lambda: passed)
    async with house(database) as kept:
        assert await kept.is_open(100)
        await kept.store.delete_server(kept.server.account_id, kept.server.id)
        assert await kept.is_open(-86_400)
        passed = 0.51
        assert not await kept.is_open(-86_400)


async def test_extended_server_is_not_taken_away_by_a_sweep_that_is_late(
    database: Database,
) -> None:
    async with house(database, expires_at=later(60)) as kept:
        await kept.store.update_server(
            kept.server.account_id, kept.server.id, lambda s: replace(s, expires_at=later(600))
        )
        kept.now = later(599)
        await kept.keeping.tidy()
        assert await kept.is_open(599)
        assert await kept.listed(599) == [kept.server.id]

"""Databases under what happens to a service: failures, clients that leave, other replicas."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from tests.support.records import NOW, account, server
from tests.support.stores import Database
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import StoreError


async def test_a_failing_database_tells_a_caller_an_id_and_the_log_the_cause(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "vapi_mcp")
    async with database.opened() as store:
        await store.add_account(account())
        await database.run("ALTER TABLE servers RENAME TO elsewhere")
        with pytest.raises(StoreError) as caught:
            await store.find_server("hash-of-a-token", NOW)
    assert "servers" not in str(caught.value)
    (record,) = caplog.records
    assert record.__dict__["reference"] == caught.value.reference
    assert "servers" in caplog.text
    assert "hash-of-a-token" not in caplog.text


async def test_one_replica_sees_at_once_what_another_revoked(database: Database) -> None:
    owner = account()
    kept = server(owner)
    async with database.opened() as one, database.opened() as two:
        await one.add_account(owner)
        await one.add_server(kept, "hash")
        assert await two.find_server("hash", NOW) == (kept, owner)
        before = await two.revision()
        await one.replace_token(owner.id, kept.id, "new", NOW)
        assert await two.revision() > before
        assert await two.find_server("hash", NOW) is None
        await two.delete_account(owner.id)
        assert await one.find_server("new", NOW) is None


async def test_callers_that_leave_cost_no_connection_and_block_nobody(database: Database) -> None:
    owner = account("")
    async with database.opened() as store:
        await store.add_account(owner)
        await store.add_server(server(owner), "hash")
        for moment in range(0, 60, 3):
            left: list[asyncio.Future[Any]] = [
                asyncio.ensure_future(store.update_account(owner.id, _longer)),
                asyncio.ensure_future(store.find_server("hash", NOW)),
            ]
            for _ in range(moment):
                await asyncio.sleep(0)
            for one in left:
                one.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await store.database.settle()
        assert store.database.engine.pool.status().endswith("Current Checked out connections: 0")
        changed = await store.update_account(owner.id, _longer)
        assert changed is not None
        # The first one left before it began; all others were done to their end.
        assert changed.name == "." * 20


def _longer(kept: Account) -> Account:
    return replace(kept, name=f"{kept.name}.")

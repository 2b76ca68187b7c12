from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.routing import Route

from tests.support.admin_api import ACCOUNTS, staged
from tests.support.app import RING, hosted, message, post, send
from tests.support.stores import Database
from vapi_mcp.errors import StoreError
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.endpoints.health import Readiness
from vapi_mcp.store.memory.memory_store import MemoryStore
from vapi_mcp.store.outage import counting_failures
from vapi_mcp.store.sql.sql_store import SqlStore, open_store


async def asked(url: str) -> tuple[int, dict[str, str]]:
    answer = await send("GET", url, headers={"Host": "10.1.2.3"})
    return answer.status_code, answer.json()


async def test_process_lives_and_is_ready_whatever_host_it_is_asked_by() -> None:
    async with hosted() as server:
        assert await asked(f"{server.url}/healthz") == (200, {"status": "ok"})
        assert await asked(f"{server.url}/readyz") == (200, {"status": "ready"})


async def fails(_: MemoryStore) -> int:
    raise StoreError


async def takes_no_write(_: MemoryStore) -> None:
    raise StoreError


async def hangs(_: MemoryStore) -> int:
    await asyncio.Event().wait()
    return 0


async def closed(url: str) -> None:
    """Return once nobody can connect any more."""
    with suppress(httpx.TransportError):
        while True:
            await asked(f"{url}/healthz")


@pytest.mark.parametrize("revision", [fails, hangs])
async def test_store_that_does_not_answer_is_named_and_nothing_else_is_told(
    revision: Callable[[MemoryStore], Awaitable[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vapi_mcp.http.endpoints.health._STORE_SECONDS", 0.1)
    monkeypatch.setattr(MemoryStore, "revision", revision)
    async with hosted() as server:
        ready = await asked(f"{server.url}/readyz")
        alive = await asked(f"{server.url}/healthz")
    assert ready == (503, {"status": "not ready", "part": "store"})
    assert alive == (200, {"status": "ok"})


async def test_store_that_takes_no_write_is_named_and_the_process_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(MemoryStore, "try_write", takes_no_write)
    async with hosted() as server:
        ready = await asked(f"{server.url}/readyz")
        alive = await asked(f"{server.url}/healthz")
    assert ready == (503, {"status": "not ready", "part": "store"})
    assert alive == (200, {"status": "ok"})


def told_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    """Return what the log has of the store, without tracebacks: the words and how often before."""
    records = [each for each in caplog.records if each.name == "vapi_mcp.store.outage"]
    return [(each.message.partition("\n")[0], each.__dict__["repeated"]) for each in records]


class FullDisk:
    """A disk that is full while a test says so: what is there can be read, and nothing written."""

    def __init__(self, store: SqlStore) -> None:
        self.is_full = True
        self.tries = 0
        engine = store.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._look)

    def _look(self, *given: Any) -> None:
        statement: str = given[2]
        if not statement.startswith("UPDATE"):
            return
        self.tries += 1
        if self.is_full:
            cause = sqlite3.OperationalError("database or disk is full")
            raise OperationalError(statement, {}, cause)


async def test_a_full_disk_is_not_ready_until_a_write_goes_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk can still be read; a failed trial is repeated at every look, a good one is not.

    Of twenty failures one is logged with its traceback, and the others are counted.
    """
    async with open_store(tmp_path, RING) as store:
        readiness = Readiness(store.revision, Drain(0), store.try_write)
        app = Starlette(routes=[Route("/readyz", readiness.endpoint)])
        disk = FullDisk(store)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def looked(times: int = 1) -> set[tuple[int, str]]:
                answers = [await client.get("/readyz") for _ in range(times)]
                return {(each.status_code, each.text) for each in answers}

            full = await looked(20)
            disk.is_full = False
            free = await looked(5)
            tries = disk.tries
            disk.is_full = True
            soon = await looked()
            monkeypatch.setattr("vapi_mcp.http.endpoints.health._WRITE_EVERY", 0.0)
            later = await looked()
    assert full == later == {(503, '{"status":"not ready","part":"store"}')}
    assert free == soon == {(200, '{"status":"ready"}')}
    assert tries == 21
    assert told_of(caplog) == [("the store failed", 0), ("the store answers again", 19)]
    assert caplog.text.count("Traceback") == 1


async def test_an_outage_of_the_database_logs_one_traceback_and_then_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failures, is_away = list[int](), [True]

    def away(*given: Any) -> None:
        if is_away[0]:
            raise OperationalError(given[2], {}, sqlite3.OperationalError("disk I/O error"))

    async with staged(Database(tmp_path)) as stage, stage.as_admin() as client:
        store: Any = stage.store
        event.listen(store.database.engine.sync_engine, "before_cursor_execute", away)
        with counting_failures(lambda: failures.append(1)):
            answers = [await client.get(ACCOUNTS) for _ in range(30)]
        is_away[0] = False
        after = await client.get(ACCOUNTS)
    [(status, text)] = {(answer.status_code, answer.json()["message"]) for answer in answers}
    assert (status, after.status_code, len(failures)) == (503, 200, 30)
    assert told_of(caplog) == [("the store failed", 0), ("the store answers again", 29)]
    assert {each.__dict__["reference"] in text for each in caplog.records} == {True}
    assert caplog.text.count("Traceback") == 1


async def test_process_that_ends_is_not_ready_while_it_still_answers() -> None:
    async with hosted(drain_delay=0.5) as server:
        server.running.stop()
        async with asyncio.timeout(5):
            await server.drain.wait()
            ready = await asked(f"{server.url}/readyz")
            answer = await post(server.mcp_url, message("ping"))
            await closed(server.url)
    assert ready == (503, {"status": "not ready", "part": "draining"})
    assert answer.status_code == 200

"""What every audit log does, in memory and on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.support.records import NOW, later
from tests.support.stores import Database, Memory, ring_of
from vapi_mcp.accounts import pagination as pages
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import FIELDS, PARAMETERS, LogEntry, LogFilter, wire_entry
from vapi_mcp.audit.ports import export
from vapi_mcp.audit.retention import Quota
from vapi_mcp.audit.summary import EntryFigures, PlacedCalls
from vapi_mcp.store.migrating import migrate
from vapi_mcp.store.sql.audit import entries_query
from vapi_mcp.store.sql.engine import make_engine
from vapi_mcp.store.sql.pagination import windowed
from vapi_mcp.store.sql.rows import KEY_FIELD
from vapi_mcp.store.sql.tables import audit_log

Place = Memory | Database

ALL = Quota(NOW, 1.0)
HOUR = 3600

FULL = LogEntry(
    log_type="mcp",
    status=201,
    created_at=NOW,
    tenant_id="tenant",
    account_id="account",
    server_id="server",
    request_id="7",
    mcp_method="tools/call",
    tool_name="create_a_vapi_call",
    resource="calls",
    method="create",
    client_name="notebook",
    client_version="3.1",
    duration=12.5,
    upstream_duration=8.25,
    upstream_id="c1",
    upstream_ids=("c1", "c2%_"),
    outcome="sent",
    token_id="token",
    token_name="Ada",
    source_address="192.0.2.7",
    idempotency_key_hash="0a",
    confirmation_code_hash="0b",
    cost=0.25,
    tokens=40,
    arguments={"customer": {"number": "+1***23"}, "list": [1, None, True, 0.5, "ä"]},
    change_id="change-1",
    message="placed",
    action="server.created",
    actor="token",
)


def entry(seconds: float = 0, **values: Any) -> LogEntry:
    given: dict[str, Any] = {"log_type": "mcp", "status": 200, **values}
    return LogEntry(created_at=later(seconds), **given)


async def test_an_entry_comes_back_as_it_was_kept(place: Place) -> None:
    assert all(getattr(FULL, field.name) is not None for field in FIELDS)
    bare = entry(1)
    async with place.opened() as store:
        await store.add_entries([FULL, bare])
        assert (await store.list_entries(LogFilter(), Window())).items == (bare, FULL)
        assert await store.find_entry(FULL.id) == FULL
        assert await store.find_entry("none") is None


async def test_an_entry_that_is_there_already_is_left_out(place: Place) -> None:
    one, two = entry(), entry(1)
    async with place.opened() as store:
        await store.add_entries([one])
        await store.add_entries([replace(one, status=500), two, two])
        await store.add_entries([])
        assert (await store.list_entries(LogFilter(), Window())).items == (two, one)


_COMPARED = [
    {each.name: f"this {each.name}"}
    for each in PARAMETERS
    if each.filter.test in ("equal", "any_id") and each.name != "log_type"
]


@pytest.mark.parametrize("wanted", [*_COMPARED, {"log_type": "admin"}])
async def test_a_filter_finds_what_it_says_and_nothing_else(
    place: Place, wanted: dict[str, Any]
) -> None:
    [(name, value)] = wanted.items()
    found = entry(0, **wanted)
    # In no other field does the value count.
    others = [entry(0, **other) for other in _COMPARED if name not in other]
    elsewhere = [entry(0, **{key: value}) for other in _COMPARED for key in other if key != name]
    async with place.opened() as store:
        await store.add_entries([found, *others, *elsewhere])
        page = await store.list_entries(LogFilter(**wanted), Window(limit=100))
    assert page.items == (found,)


@pytest.mark.parametrize(("named", "is_found"), [("c1", True), ("c2%_", True), ("c2", False)])
async def test_an_entry_is_found_by_any_id_of_a_batch(
    place: Place, named: str, *, is_found: bool
) -> None:
    async with place.opened() as store:
        await store.add_entries([FULL, entry(1, upstream_ids=("c2xx",))])
        page = await store.list_entries(LogFilter(upstream_id=named), Window())
    assert page.items == ((FULL,) if is_found else ())


@pytest.mark.parametrize("revision", ["0002", "0003"])
async def test_rows_of_every_earlier_log_stay_and_a_process_before_goes_on_writing(
    database: Database, revision: str
) -> None:
    await migrate(database.where, revision)
    await _written_before(database, "early")
    async with database.opened() as store:
        await _written_before(database, "beside")
        await store.add_entries([FULL])
        page = await store.list_entries(LogFilter(tool_name="old"), Window())
    bare = LogEntry(log_type="mcp", status=200, tool_name="old", created_at=NOW)
    kept = [replace(row, created_at=NOW) for row in page.items]
    assert sorted(kept, key=lambda row: row.id) == [
        replace(bare, id="beside"),
        replace(bare, id="early"),
    ]


async def _written_before(database: Database, name: str) -> None:
    await database.run(
        "INSERT INTO audit_log (id, log_type, created_at, status, tool_name)"
        " VALUES (:id, 'mcp', '2026-03-01 00:00:00.000000', 200, 'old')",
        id=name,
    )


async def test_filters_join_and_their_bounds_are_as_said(place: Place) -> None:
    kept = [entry(n, status=399 + n, server_id="a" if n % 2 else "b") for n in range(6)]
    async with place.opened() as store:
        await store.add_entries(kept)

        async def seconds(**wanted: Any) -> list[float]:
            page = await store.list_entries(LogFilter(**wanted), Window())
            return [(row.created_at - NOW).total_seconds() for row in page.items]

        assert await seconds(statuses=(400, 402)) == [3, 2, 1]
        assert await seconds(since=later(2), until=later(4)) == [3, 2]
        assert await seconds(since=later(1), statuses=(400, 403), server_id="a") == [3, 1]
        assert await seconds(until=NOW) == []


async def test_a_walk_meets_every_wanted_entry_once_while_others_arrive(place: Place) -> None:
    kept = [entry(n // 3, server_id="a" if n % 2 else "b") for n in range(12)]
    wanted = LogFilter(server_id="a")
    async with place.opened() as store:
        await store.add_entries(kept)
        met, window = list[LogEntry](), Window(limit=2)
        while True:
            page = await store.list_entries(wanted, window)
            met += page.items
            await store.add_entries([entry(100 + len(met), server_id="a")])
            if page.next is None:
                break
            window = Window(limit=2, after=page.next)
        back = await store.list_entries(wanted, Window(limit=2, before=page.previous))
    ours = [row for row in kept if row.server_id == "a"]
    assert met == sorted(ours, key=lambda row: (row.created_at, row.id), reverse=True)
    assert list(back.items) == met[-4:-2]


async def test_an_export_is_every_wanted_entry_on_a_line_of_its_own(place: Place) -> None:
    kept = [entry(n, server_id="a" if n % 3 else "b", message="two\nlines") for n in range(1100)]
    async with place.opened() as store:
        await store.add_entries(kept)
        lines = b"".join([part async for part in export(store, LogFilter(server_id="a"))])
        nothing = [part async for part in export(store, LogFilter(server_id="c"))]
    ours = [wire_entry(row) for row in kept[::-1] if row.server_id == "a"]
    assert [orjson.loads(line) for line in lines.splitlines()] == ours
    assert lines.endswith(b"\n")
    assert b"".join(nothing) == b""


async def test_old_entries_are_deleted_in_bounded_numbers_the_oldest_first(place: Place) -> None:
    kept = [entry(n) for n in range(5)]
    async with place.opened() as store:
        await store.add_entries(kept)
        assert await store.count_entries() == 5
        assert await store.delete_entries(later(4), 3, ALL) == 3
        assert await store.count_entries() == 2
        assert (await store.list_entries(LogFilter(), Window())).items == (kept[4], kept[3])
        assert await store.delete_entries(later(4), 3, ALL) == 1
        assert await store.delete_entries(later(4), 3, ALL) == 0
        assert (await store.list_entries(LogFilter(), Window())).items == (kept[4],)


async def test_no_more_than_a_share_is_deleted_in_a_day_that_a_clock_set_back_does_not_end(
    place: Place,
) -> None:
    moments = (0, 1, 2, 24 * HOUR - 1, 24 * HOUR, -400 * 24 * HOUR, -399 * 24 * HOUR)
    async with place.opened() as store:
        await store.add_entries([entry(n) for n in range(100)])
        deleted = [
            await store.delete_entries(later(4000), limit, Quota(later(seconds), 0.25))
            for seconds, limit in zip(moments, (20, 20, 20, 20, 10, 5, 50), strict=True)
        ]
        left = await store.count_entries()
    # 25 of 100 on the first day; of 75 then 10, and 5 when the day goes on from the moment set
    # back; 15 of 60 in the day after that.
    assert (deleted, left) == ([20, 5, 0, 0, 10, 5, 15], 45)


async def test_processes_and_restarts_share_what_may_be_deleted_in_a_day(
    database: Database,
) -> None:
    quota = Quota(NOW, 0.25)
    async with database.opened() as one, database.opened() as two:
        await one.add_entries([entry(n) for n in range(100)])
        deletions = [store.delete_entries(later(4000), 20, quota) for store in (one, two) * 3]
        deleted = await asyncio.gather(*deletions)
    async with database.opened() as again:
        deleted.append(await again.delete_entries(later(4000), 20, quota))
        assert await again.count_entries() == 75
    assert sum(deleted) == 25


async def test_an_empty_log_begins_no_day(place: Place) -> None:
    async with place.opened() as store:
        assert await store.delete_entries(later(4000), 20, Quota(NOW, 0.25)) == 0
        await store.add_entries([entry(n) for n in range(8)])
        assert await store.delete_entries(later(4000), 20, Quota(later(1), 0.25)) == 2


async def test_what_a_client_may_send_can_be_kept_and_asked_for(database: Database) -> None:
    odd = entry(client_name="half \ud800 \0", tool_name="x" * 5000)
    async with database.opened() as store:
        await store.add_entries([odd])
        [row] = (await store.list_entries(LogFilter(client_name="half \ud800 \0"), Window())).items
    assert row == replace(odd, client_name="half ? \ufffd")


@pytest.mark.parametrize(
    "wanted",
    [
        LogFilter(),
        LogFilter(log_type="mcp"),
        LogFilter(tenant_id="t", statuses=(400, 499)),
        LogFilter(account_id="a"),
        LogFilter(server_id="s", since=NOW),
    ],
)
@pytest.mark.parametrize("window", [Window(), Window(after=pages.Place(NOW, "x"))])
async def test_a_list_is_a_walk_along_an_index(
    database: Database, wanted: LogFilter, window: Window
) -> None:
    await migrate(database.where)
    engine = make_engine(database.where)
    query = windowed(entries_query(wanted), audit_log, window)
    statement = query.compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
    explain, off = "EXPLAIN QUERY PLAN", list[str]()
    if engine.dialect.name == "postgresql":
        # In a table this small it would rather read all.
        explain, off = "EXPLAIN", ["enable_seqscan", "enable_bitmapscan", "enable_sort"]
    async with engine.begin() as connection:
        for means in off:
            await connection.exec_driver_sql(f"SET LOCAL {means} = off")
        plan = str((await connection.exec_driver_sql(f"{explain} {statement}")).all())
    await engine.dispose()
    assert "ix_audit_log_" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


async def test_the_first_tables_get_their_log_and_keep_what_they_hold(database: Database) -> None:
    await migrate(database.where, "0001")
    sealed = ring_of(database.key).seal("key", "a", KEY_FIELD)
    await database.run(
        "INSERT INTO accounts (id, name, base_url, sealed_key, status, created_at, updated_at)"
        " VALUES ('a', 'Acme', 'http://x', :sealed, 'active', '2026-03-01', '2026-03-01')",
        sealed=sealed,
    )
    await database.run("UPDATE state SET revision = 7")
    before = await database.run("SELECT * FROM accounts")
    async with database.opened() as store:
        await store.add_entries([FULL])
        assert await store.revision() == 7
        assert (await store.list_entries(LogFilter(), Window())).items == (FULL,)
    assert await database.run("SELECT * FROM accounts") == before


async def test_figures_are_those_of_the_newest_wanted_entries(place: Place) -> None:
    entries = [entry(number, tool_name="t" if number else "other") for number in range(4)]
    async with place.opened() as store:
        await store.add_entries(entries)
        found = await store.read_figures(LogFilter(tool_name="t"), 2)
    wanted = [entries[3], entries[2]]
    assert list(found) == [
        EntryFigures(*(getattr(each, name) for name in EntryFigures._fields)) for each in wanted
    ]


async def test_placed_calls_are_those_of_the_newest_wanted_entries(place: Place) -> None:
    entries = [
        entry(0, tool_name="t"),
        entry(1, tool_name="t", upstream_id="a", upstream_ids=("a", "b"), cost=0.5),
        entry(2, tool_name="t", upstream_id="c", upstream_ids=None),
        entry(3, tool_name="other"),
    ]
    async with place.opened() as store:
        await store.add_entries(entries)
        found = await store.read_placed(LogFilter(tool_name="t"), 2)
    assert [each.ids for each in found] == [{"c"}, {"a", "b"}]
    assert list(found) == [
        PlacedCalls(each.server_id, each.upstream_id, each.upstream_ids, each.cost)
        for each in (entries[2], entries[1])
    ]

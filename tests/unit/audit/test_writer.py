from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit import writer as module
from vapi_mcp.audit.entry import LogEntry, LogFilter, wire_entry
from vapi_mcp.audit.repeats import Repeats
from vapi_mcp.audit.retention import Quota
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.errors import StoreError
from vapi_mcp.store.memory.audit_log import MemoryLog

NOW = utc_now()


class Log(MemoryLog):
    """A log that remembers its commits, waits while `open` is clear, and fails as it is told."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__()
        self.commits: list[int] = []
        self.asked = asyncio.Event()
        self.kept = asyncio.Event()
        self.forgot = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.failures = list(failures)

    async def add_entries(self, entries: Sequence[LogEntry]) -> None:
        self.asked.set()
        await self.open.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.commits.append(len(entries))
        await super().add_entries(entries)
        self.kept.set()

    async def delete_entries(self, before: datetime, limit: int, quota: Quota) -> int:
        deleted = await super().delete_entries(before, limit, quota)
        if deleted:
            self.forgot.set()
        return deleted

    async def ids(self) -> list[str]:
        """Return what it holds, the oldest first."""
        page = await self.list_entries(LogFilter(), Window(limit=20_000))
        return [entry.id for entry in page.items[::-1]]


def entry(number: int = 0, tool_name: str | None = None) -> LogEntry:
    moment = NOW + timedelta(seconds=number)
    return LogEntry(
        log_type="mcp",
        status=200,
        id=f"{number:05}",
        created_at=moment,
        tool_name=tool_name,
    )


async def soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(5):
        await event.wait()


async def test_a_durable_entry_is_there_when_recording_it_returns() -> None:
    audit_writer = AuditWriter(log := Log())
    async with audit_writer.running():
        assert await audit_writer.record(entry(), durable=True)
        assert await log.ids() == ["00000"]
        page = await audit_writer.list_entries(LogFilter(), Window())
    assert page.items == (entry(),)


async def test_durable_entries_that_come_at_once_share_a_commit() -> None:
    audit_writer = AuditWriter(log := Log())
    log.open.clear()
    async with audit_writer.running():
        first = asyncio.create_task(audit_writer.record(entry(), durable=True))
        await log.asked.wait()
        rest = [
            asyncio.create_task(audit_writer.record(entry(n), durable=True)) for n in range(1, 100)
        ]
        await asyncio.sleep(0)
        assert not first.done()
        log.open.set()
        assert all(await asyncio.gather(first, *rest))
        assert log.commits == [1, 99]


async def test_other_entries_wait_for_company_and_are_written_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LINGER", 0.02)
    audit_writer = AuditWriter(log := Log())
    async with audit_writer.running():
        for number in range(3):
            assert await audit_writer.record(entry(number))
        assert log.commits == []
        await soon(log.kept)
        assert log.commits == [3]


async def test_a_durable_entry_takes_those_that_wait_along() -> None:
    audit_writer = AuditWriter(log := Log())
    async with audit_writer.running():
        await audit_writer.record(entry(0))
        await audit_writer.record(entry(1), durable=True)
        assert log.commits == [2]


async def test_a_crowd_does_not_wait_for_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LINGER", 60)
    audit_writer = AuditWriter(log := Log())
    async with audit_writer.running():
        for number in range(300):
            await audit_writer.record(entry(number))
        await soon(log.kept)
        assert log.commits == [300]


async def test_all_that_waits_is_written_at_the_end() -> None:
    audit_writer = AuditWriter(log := Log())
    async with audit_writer.running():
        for number in range(1200):
            await audit_writer.record(entry(number))
    assert await log.ids() == [f"{n:05}" for n in range(1200)]
    assert max(log.commits) == 300


async def test_an_end_in_the_middle_of_a_commit_loses_and_doubles_nothing() -> None:
    audit_writer = AuditWriter(log := Log())
    log.open.clear()
    async with audit_writer.running():
        waiting = asyncio.create_task(audit_writer.record(entry(), durable=True))
        await log.asked.wait()
        log.open.set()
    assert await waiting
    assert await log.ids() == ["00000"]


async def test_outside_of_running_each_entry_is_written_at_once() -> None:
    audit_writer = AuditWriter(log := Log())
    assert await audit_writer.record(entry(0))
    assert await audit_writer.record(entry(1), durable=True)
    assert await log.ids() == ["00000", "00001"]


async def test_a_store_that_is_back_in_time_is_not_noticed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    audit_writer = AuditWriter(log := Log(StoreError(), StoreError()))
    async with audit_writer.running():
        assert await audit_writer.record(entry(), durable=True)
    assert await log.ids() == ["00000"]
    assert caplog.records == []


async def test_an_entry_that_cannot_be_kept_goes_to_the_process_log_and_is_kept_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    monkeypatch.setattr(module, "_PAUSE", 0.01)
    failure = StoreError()
    audit_writer = AuditWriter(log := Log(*[failure] * 1000))
    lost = entry(tool_name="create_a_vapi_call")
    async with audit_writer.running():
        assert not await audit_writer.record(lost, durable=True)
        [line] = caplog.messages
        assert failure.reference in line
        assert "\n" not in line
        known = {name: value for name, value in wire_entry(lost).items() if value is not None}
        assert orjson.loads(line[line.index("{") :]) == known
        log.failures.clear()
        assert await audit_writer.record(entry(1), durable=True)
    assert await log.ids() == ["00000", "00001"]


async def test_a_store_that_hangs_holds_up_no_answer_for_long(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    audit_writer = AuditWriter(log := Log())
    log.open.clear()
    async with audit_writer.running():
        assert not await audit_writer.record(entry(), durable=True)
        assert len(caplog.messages) == 1
        log.open.set()
    assert await log.ids() == ["00000"]


async def test_a_caller_that_is_gone_leaves_its_entry() -> None:
    audit_writer = AuditWriter(log := Log())
    log.open.clear()
    async with audit_writer.running():
        caller = asyncio.create_task(audit_writer.record(entry(), durable=True))
        await log.asked.wait()
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        log.open.set()
    assert await log.ids() == ["00000"]


async def test_too_many_entries_drop_the_oldest_and_say_how_many(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 5)
    lost = list[int]()
    audit_writer = AuditWriter(log := Log(), on_loss=lost.append)
    async with audit_writer.running():
        for number in range(12):
            await audit_writer.record(entry(number))
    assert await log.ids() == [f"{n:05}" for n in range(7, 12)]
    assert lost == [7]
    assert "7 entries of the audit log are lost" in caplog.text


async def test_a_store_that_is_away_to_the_end_costs_a_line_that_counts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.02)
    lost = list[int]()
    audit_writer = AuditWriter(Log(*[StoreError()] * 1000), on_loss=lost.append)
    async with audit_writer.running():
        for number in range(3):
            await audit_writer.record(entry(number))
    assert lost == [3]
    assert "3 entries of the audit log are lost" in caplog.text


async def test_what_no_store_can_keep_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    audit_writer = AuditWriter(log := Log(TypeError("words of a row")))
    async with audit_writer.running():
        await audit_writer.record(entry(0))
    async with audit_writer.running():
        assert await audit_writer.record(entry(1), durable=True)
    assert await log.ids() == ["00001"]
    assert "lost: TypeError" in caplog.text
    assert "words of a row" not in caplog.text


async def test_entries_past_the_retention_are_forgotten_and_no_others() -> None:
    today = NOW + timedelta(days=90, seconds=3)
    audit_writer = AuditWriter(log := Log(), clock=lambda: today, keep_days=90)
    await log.add_entries([entry(n) for n in range(12)])
    assert await audit_writer.sweep() == 3
    assert await log.ids() == [f"{n:05}" for n in range(3, 12)]
    assert await audit_writer.sweep() == 0


async def test_a_running_journal_forgets_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SWEEP_EVERY", 0.01)
    moments = [NOW, NOW + timedelta(days=2)]
    audit_writer = AuditWriter(
        log := Log(), clock=lambda: moments.pop(0) if moments[1:] else moments[0], keep_days=1
    )
    await log.add_entries([entry()])
    async with audit_writer.running():
        await soon(log.forgot)
    assert await log.ids() == []


@pytest.mark.parametrize("days", [0, None])
async def test_without_a_retention_nothing_is_forgotten(days: int | None) -> None:
    audit_writer = AuditWriter(
        log := Log(), clock=lambda: NOW + timedelta(days=9999), keep_days=days
    )
    await log.add_entries([entry()])
    assert await audit_writer.sweep() == 0
    assert await log.ids() == ["00000"]


async def test_one_sweep_deletes_in_batches_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_SWEPT", 10)
    monkeypatch.setattr(module, "_MOST_SWEEPS", 3)
    audit_writer = AuditWriter(log := Log(), clock=lambda: NOW + timedelta(days=3), keep_days=2)
    await log.add_entries([entry(n) for n in range(45)])
    assert [await audit_writer.sweep() for _ in range(3)] == [30, 15, 0]


def refused(number: int, **values: Any) -> LogEntry:
    told: dict[str, Any] = {"status": 404, "message": "there is no such call", **values}
    return replace(entry(number), **told)


async def test_refused_reads_that_repeat_themselves_are_counted_in_one_row() -> None:
    """One URL at the default limits wrote 18 GB of rows a day."""
    audit_writer = AuditWriter(log := Log())
    async with audit_writer.running():
        for number in range(1_000):
            assert await audit_writer.record(refused(number, tool_name=f"made_up_{number}"))
        await audit_writer.record(refused(1_000, status=400))
        await audit_writer.record(refused(1_001, server_id="another"))
        await audit_writer.record(refused(1_002), durable=True)
        await audit_writer.record(entry(1_003))
        await audit_writer.record(entry(1_004))
    assert await log.ids() == ["00000", "00999", "01000", "01001", "01002", "01003", "01004"]
    page = await log.list_entries(LogFilter(statuses=(404, 404)), Window())
    assert [each.message for each in page.items if each.id == "00999"] == [
        "there is no such call (the last of 999 like it within a minute)"
    ]


def test_a_minute_of_repeats_is_told_once_it_is_over() -> None:
    seconds = [0.0]
    repeats = Repeats(lambda: seconds[0])
    assert [repeats.absorbs(refused(n)) for n in range(3)] == [False, True, True]
    assert repeats.told() == []
    seconds[0] = 60.0
    [told] = repeats.told()
    assert told.message == "there is no such call (the last of 2 like it within a minute)"
    assert repeats.told() == []
    assert [repeats.absorbs(refused(n)) for n in (3, 4)] == [False, True]
    assert repeats.told(all_of_them=True) == [refused(4)]


async def test_a_clock_far_ahead_deletes_a_quarter_of_the_log_a_day() -> None:
    seconds, days = [0.0], [400]
    audit_writer = AuditWriter(
        log := Log(), clock=lambda: NOW + timedelta(days=days[0]), now=lambda: seconds[0]
    )
    await log.add_entries([entry(n) for n in range(100)])
    assert [await audit_writer.sweep() for _ in range(3)] == [25, 0, 0]
    days[0] = 800  # set once more, within the same day
    assert await audit_writer.sweep() == 0
    seconds[0] = 24 * 3600.0
    assert [await audit_writer.sweep() for _ in range(2)] == [19, 0]
    assert len(await log.ids()) == 56


async def test_starts_with_a_clock_far_ahead_share_the_quarter_of_a_day() -> None:
    log, ahead = Log(), NOW + timedelta(days=400)
    await log.add_entries([entry(n) for n in range(100)])

    async def started(days: int = 0) -> int:
        return await AuditWriter(log, clock=lambda: ahead + timedelta(days=days)).sweep()

    assert [await started() for _ in range(3)] == [25, 0, 0]
    assert await started(-400) == 0
    assert [await started(1), await started(1)] == [19, 0]


async def test_a_log_that_is_empty_or_not_open_yet_begins_no_day() -> None:
    audit_writer = AuditWriter(log := Log(), clock=lambda: NOW + timedelta(days=400))
    assert await audit_writer.sweep() == 0
    await log.add_entries([entry(n) for n in range(8)])
    assert await audit_writer.sweep() == 2


async def test_a_short_retention_is_kept_to_within_the_day() -> None:
    for days, gone in ((1, 8), (2, 8), (4, 4), (8, 2), (90, 2)):
        audit_writer = AuditWriter(
            log := Log(), clock=lambda: NOW + timedelta(days=400), keep_days=days
        )
        await log.add_entries([entry(n) for n in range(8)])
        assert await audit_writer.sweep() == gone


async def test_memory_keeps_the_latest_entries_only() -> None:
    log = MemoryLog()
    await log.add_entries([entry(n) for n in range(10_005)])
    page = await log.list_entries(LogFilter(), Window(limit=20_000))
    assert (len(page.items), page.items[-1]) == (10_000, entry(5))

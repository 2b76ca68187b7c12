"""The writer of the audit log: one a process, so that many rows share a commit."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.audit.entry import LogEntry, LogFilter, wire_entry
from vapi_mcp.audit.ports import AuditLog
from vapi_mcp.audit.repeats import Repeats
from vapi_mcp.audit.retention import DailyShare, Quota
from vapi_mcp.audit.summary import EntryFigures
from vapi_mcp.errors import StoreError

# In seconds: how long a row may wait to be written, how long a failing store is asked again
# before an answer goes out without its row, and the pauses between tries.
_LINGER = 1.0
_PATIENCE = 5.0
_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
# More would hold up answers meanwhile.
_MOST_AT_ONCE = 300
_MOST_WAITING = 10_000
# Retention: how often it is looked after, and how many rows are deleted at once and in one turn.
_SWEEP_EVERY = 300.0
_TELL_EVERY = 5.0
_MOST_SWEPT = 1000
_MOST_SWEEPS = 50

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that waits; written: is set once it is there, for those who wait for that."""

    entry: LogEntry
    written: asyncio.Event | None = None


class AuditWriter:
    """Records entries in an audit log, and forgets them after `keep_days` (0 or None: never).

    now: seconds of a monotonic clock. on_loss: is told how many entries will never be
    written.
    """

    def __init__(
        self,
        log: AuditLog,
        *,
        clock: Clock = utc_now,
        keep_days: int | None = 90,
        now: Callable[[], float] = time.monotonic,
        on_loss: Callable[[int], None] | None = None,
    ) -> None:
        self._log = log
        self._clock = clock
        self._repeats = Repeats(now)
        self._share = DailyShare(keep_days or 1, now)
        self._keep = timedelta(days=keep_days) if keep_days else None
        self._on_loss = on_loss
        self._rows = deque[_Row]()
        self._filled = asyncio.Event()
        self._pressing = asyncio.Event()
        self._writing = asyncio.Lock()
        self._failed: StoreError | None = None
        self._dropped = 0
        self._is_running = False

    async def record(self, entry: LogEntry, *, durable: bool = False) -> bool:
        """Have an entry written within a second; when `durable`, before this returns.

        False: the store could not keep a durable entry for five seconds. The process's log has
        it then, under the reference of the store's error, and it is still written once the store
        is back. Outside `running` every entry is written at once. Refused reads that repeat
        themselves are counted, and told in one row a minute.
        """
        if self._is_running and not durable and self._repeats.absorbs(entry):
            return True
        if self._is_running and not durable:
            self._add(_Row(entry))
            return True
        written = asyncio.Event()
        self._add(_Row(entry, written))
        if self._is_running:
            self._pressing.set()
            await _within(_PATIENCE, written)
        else:
            await self._flush()
        if not written.is_set():
            self._lament(entry)
        return written.is_set()

    @property
    def waiting(self) -> int:
        """The number of entries that this process has yet to write."""
        return len(self._rows)

    async def find_entry(self, entry_id: str) -> LogEntry | None:
        """Return an entry that is written, if it is there."""
        return await self._log.find_entry(entry_id)

    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the wanted entries that are written, newest first."""
        return await self._log.list_entries(wanted, window)

    async def read_figures(self, wanted: LogFilter, limit: int) -> Sequence[EntryFigures]:
        """Return the figures of the newest wanted entries that are written."""
        return await self._log.read_figures(wanted, limit)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write in the background and keep to the retention; all is written at the end."""
        loops = (self._write_on(), self._sweep_on(), self._tell_on())
        tasks = [asyncio.create_task(loop) for loop in loops]
        self._is_running = True
        try:
            yield
        finally:
            self._is_running = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tell_repeats(all_of_them=True)
            await self._flush()
            if self._rows:
                self._lose(len(self._rows), "the store did not answer until the end")

    async def sweep(self) -> int:
        """Delete entries older than the retention, a bounded number; return how many.

        In one day it is a share of the log at most, whatever the clock says and however many
        processes there are.
        """
        deleted = 0
        if self._keep is None:
            return deleted
        now = self._clock()
        before, quota = now - self._keep, Quota(now, self._share.share)
        for _ in range(_MOST_SWEEPS):
            most = min(_MOST_SWEPT, await self._share.left(self._log.count_entries))
            if most <= 0:
                break
            found = await self._log.delete_entries(before, most, quota)
            self._share.spend(found)
            deleted += found
            if found < _MOST_SWEPT:
                break
        return deleted

    def _add(self, row: _Row) -> None:
        self._rows.append(row)
        if len(self._rows) > _MOST_WAITING:
            self._rows.popleft()
            self._dropped += 1
        self._filled.set()
        if len(self._rows) >= _MOST_AT_ONCE:
            self._pressing.set()

    async def _write_on(self) -> None:
        pause = _PAUSE
        while True:
            await self._filled.wait()
            await _within(_LINGER, self._pressing)
            if await self._write():
                pause = _PAUSE
                continue
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _flush(self) -> None:
        """Write all that waits, unless the store stays away for too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                while self._rows:
                    if not await self._write():
                        await asyncio.sleep(_PAUSE)

    async def _write(self) -> bool:
        """Write the rows that have waited longest in one transaction; False: the store failed."""
        async with self._writing:
            rows = self._taken()
            try:
                await self._log.add_entries([row.entry for row in rows])
            except StoreError as error:
                self._failed = error
                self._put_back(rows)
                return False
            except asyncio.CancelledError:
                # They may be written all the same: rows that are there are left out next time.
                self._put_back(rows)
                raise
            except Exception as error:  # noqa: BLE001 - what is wrong with one must not stop all
                self._lose(len(rows), type(error).__name__)
                return True
            self._failed = None
            for row in rows:
                if row.written is not None:
                    row.written.set()
        if self._dropped:
            self._lose(self._dropped, "too many entries waited")
            self._dropped = 0
        return True

    def _taken(self) -> list[_Row]:
        rows = [self._rows.popleft() for _ in range(min(_MOST_AT_ONCE, len(self._rows)))]
        if not self._rows:
            # The next row sets these events again.
            self._filled.clear()
            self._pressing.clear()
        return rows

    def _put_back(self, rows: list[_Row]) -> None:
        self._rows.extendleft(reversed(rows))
        self._filled.set()
        self._pressing.set()

    def _lament(self, entry: LogEntry) -> None:
        reference = (self._failed or StoreError()).reference
        logger.error(
            "the audit log could not be written (%s): %s",
            reference,
            orjson.dumps(_known_of(entry)).decode(),
            extra={"reference": reference},
        )

    def _lose(self, count: int, why: str) -> None:
        logger.error("%s entries of the audit log are lost: %s", count, why)
        if self._on_loss is not None:
            self._on_loss(count)

    def _tell_repeats(self, *, all_of_them: bool = False) -> None:
        for entry in self._repeats.told(all_of_them=all_of_them):
            self._add(_Row(entry))

    async def _tell_on(self) -> None:
        while True:
            await asyncio.sleep(_TELL_EVERY)
            self._tell_repeats()

    async def _sweep_on(self) -> None:
        while True:
            with suppress(StoreError):
                await self.sweep()
            await asyncio.sleep(_SWEEP_EVERY)


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, but no longer than so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _known_of(entry: LogEntry) -> dict[str, Any]:
    """Return what an entry says; a null after `token_id` would be taken for a secret in a log."""
    return {name: value for name, value in wire_entry(entry).items() if value is not None}

"""Rate limits of one server in one process: calls at once and calls per minute."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from vapi_mcp.accounts.places import Places
from vapi_mcp.errors import LimitReached

# How long a call may wait for another one to end, in seconds: enough for a client that asks for
# many things at once, too short to pass for a slow answer.
_PATIENCE = 1.0
_MINUTE = 60.0


@dataclass(slots=True)
class _Usage:
    """The use of one server. A bucket holds at most a minute's worth, and fills evenly.

    calls, requests: what is left in the buckets. held: calls that have a place or wait for one.
    """

    places: Places
    calls: float
    requests: float
    filled: float
    held: int = 0
    streams: int = 0


class CallPlace:
    """A place for one tool call, held while it runs."""

    __slots__ = ("_id", "_limits", "_usage")

    def __init__(self, limits: Limits, id_: str) -> None:
        self._limits = limits
        self._id = id_
        self._usage: _Usage | None = None

    async def __aenter__(self) -> None:
        self._usage = await self._limits.enter_call(self._id)

    async def __aexit__(self, *_: object) -> None:
        if self._usage is not None:
            self._limits.leave_call(self._usage)


class Limits:
    """Counts by server id; 0 is no limit.

    calls_at_once: tool calls in flight; one more waits for up to a second. per_minute: tool calls,
    and as many other requests; a minute's worth may come at once. streams: open event streams.
    The counts are this process's: N workers or replicas grant up to N times as much.
    """

    def __init__(
        self,
        *,
        calls_at_once: int = 0,
        per_minute: int = 0,
        streams: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls_at_once = calls_at_once
        self._per_minute = per_minute
        self._streams = streams
        self._clock = clock
        self._usage = OrderedDict[str, _Usage]()

    def calling(self, id_: str) -> CallPlace:
        """Return a place for a tool call, to be held while it runs.

        Entering it raises:
            LimitReached: There is none, or the minute's calls are used up.
        """
        return CallPlace(self, id_)

    async def enter_call(self, id_: str) -> _Usage | None:
        """Count a call and take its place; None where there is no limit. Raises as `calling`."""
        usage = self._of(id_)
        if self._per_minute:
            usage.calls = self._spent(usage.calls, "calls a minute")
        if not self._calls_at_once:
            return None
        usage.held += 1
        try:
            if not usage.places.take():
                await self._take_place(usage.places)
        except BaseException:
            usage.held -= 1
            raise
        return usage

    def leave_call(self, usage: _Usage) -> None:
        """Give the place of a call back."""
        usage.places.release()
        usage.held -= 1

    def note_request(self, id_: str) -> None:
        """Count a request that is no tool call.

        Raises:
            LimitReached: The minute's requests are used up.
        """
        if self._per_minute:
            usage = self._of(id_)
            usage.requests = self._spent(usage.requests, "requests a minute besides calls")

    @contextmanager
    def streaming(self, id_: str) -> Generator[None]:
        """Hold a place for an event stream while it is open.

        Raises:
            LimitReached: There is none.
        """
        usage = self._of(id_)
        if self._streams and usage.streams >= self._streams:
            raise LimitReached(self._streams, "open event streams; close one", _PATIENCE)
        usage.streams += 1
        try:
            yield
        finally:
            usage.streams -= 1

    def _of(self, id_: str) -> _Usage:
        now = self._clock()
        usage = self._usage.get(id_)
        if usage is None:
            self._forget_idle(now)
            full = float(self._per_minute)
            usage = _Usage(Places(self._calls_at_once), full, full, now)
            self._usage[id_] = usage
        self._usage.move_to_end(id_)
        more = (now - usage.filled) * self._per_minute / _MINUTE
        usage.calls = min(self._per_minute, usage.calls + more)
        usage.requests = min(self._per_minute, usage.requests + more)
        usage.filled = now
        return usage

    def _forget_idle(self, now: float) -> None:
        """Drop who used nothing for a minute and so has full buckets, faster than others come."""
        for _ in range(min(2, len(self._usage))):
            id_, usage = next(iter(self._usage.items()))
            if now - usage.filled < _MINUTE:
                return
            self._usage.move_to_end(id_)
            if not usage.held and not usage.streams:
                del self._usage[id_]

    def _spent(self, bucket: float, what: str) -> float:
        if bucket < 1:
            raise LimitReached(self._per_minute, what, (1 - bucket) * _MINUTE / self._per_minute)
        return bucket - 1

    async def _take_place(self, places: Places) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await places.acquire()
        except TimeoutError:
            raise LimitReached(self._calls_at_once, "calls at once", _PATIENCE) from None

"""A walk over a whole list, several parts of it at once, within bounds."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Generic, TypeVar

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.finding.collecting import Collection
from vapi_mcp.invocation.lists.walks import Json, Page
from vapi_mcp.rfc3339 import read_moment, write_moment

_C = TypeVar("_C", bound=Collection)

# Enough for a few seconds of Vapi's answers, and few enough to hold in memory.
PAGE = 100
_AT_ONCE = 3
_PAGES_A_PART = 3
_MOST_PARTS = 24

ReadPage = Callable[[Mapping[str, Any], int, Json], Awaitable[Page]]


@dataclass(slots=True)
class Bounds:
    """How far a scan may go; what is spent counts for all its parts together."""

    seconds: float = 20.0
    pages: int = 200
    bytes: int = 192 * 1024 * 1024
    clock: Callable[[], float] = time.monotonic
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self._ends = self.clock() + self.seconds

    def spend(self, size: int) -> None:
        """Count one page of so many bytes."""
        self.pages -= 1
        self.bytes -= size

    @property
    def left(self) -> float:
        """The seconds that are left; 0 where anything is used up."""
        if self.pages <= 0 or self.bytes <= 0:
            return 0.0
        return max(0.0, self._ends - self.clock())


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list, from a state on.

    following: the state at which the next part begins, None behind the last one.
    """

    filters: Mapping[str, Any]
    state: Json = None
    following: Json = None

    def size_at(self, state: Json, size: int) -> int:
        """Return how many items to ask for: a numbered page may not reach into the next part."""
        return min(size, self._stop - state[0]) if self._stop else size

    def is_over(self, state: Json) -> bool:
        """Return whether a state is at the end of the part."""
        return state is None or bool(self._stop and state[0] >= self._stop)

    @property
    def _stop(self) -> int:
        """The offset of the next part, 0 where parts are stretches of time."""
        match self.following:
            case [int(offset), _]:
                return offset
            case _:
                return 0


@dataclass(slots=True)
class Scanned(Generic[_C]):
    """What a scan found; state: where it stopped, None at the end of the list.

    reason: why it stopped before it was done, None if it was.
    """

    found: _C
    state: Json = None
    total: int | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()


class Scan(Generic[_C]):
    """Goes through a list from its newest item on.

    read: reads one page. collection: makes an empty collection for each part.
    """

    def __init__(
        self, read: ReadPage, collection: Callable[[], _C], bounds: Bounds, size: int = PAGE
    ) -> None:
        self._read = read
        self._collection = collection
        self._bounds = bounds
        self._size = size

    async def run(self, filters: Mapping[str, Any], state: Json) -> Scanned[_C]:
        """Return what there is from a state on, with the parts in the order of the list.

        Raises:
            ToolError: The first page could not be read.
        """
        first = self._collection()
        page = await self._read(filters, self._size, state)
        first.take(page)
        done = Scanned(first, page.after, page.total, notes=page.notes)
        if first.is_full or page.after is None:
            return done
        return await self._others(done, parts_after(page, filters, self._size))

    async def _others(self, done: Scanned[_C], parts: Iterator[Part]) -> Scanned[_C]:
        """Scan the parts, a few at once, until one stops or enough is found."""
        running = deque[asyncio.Task[Scanned[_C]]]()
        try:
            while True:
                for part in islice(parts, _AT_ONCE - len(running)):
                    running.append(asyncio.create_task(self._part(part)))
                if not running:
                    return done
                scanned = await running.popleft()
                done.found.join(scanned.found)
                done = replace(done, state=scanned.state, reason=scanned.reason)
                if scanned.reason or done.found.is_full:
                    return done
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _part(self, part: Part) -> Scanned[_C]:
        found, state = self._collection(), part.state
        while not found.is_full:
            if not (left := self._bounds.left):
                return Scanned(found, state, reason=_BOUND)
            try:
                async with asyncio.timeout(left):
                    page = await self._read(part.filters, part.size_at(state, self._size), state)
            except TimeoutError:
                return Scanned(found, state, reason=_BOUND)
            except ToolError as error:
                return Scanned(found, state, reason=error.message.rstrip("."))
            found.take(page)
            state = page.after
            if part.is_over(state):
                found.go_on_at(part.following)
                return Scanned(found, part.following)
        return Scanned(found, state)


_BOUND = "it went as far as one call may"


def parts_after(page: Page, filters: Mapping[str, Any], size: int) -> Iterator[Part]:
    """Yield the parts of a list behind its first page, in order."""
    match page.after:
        case [int(offset), end] if page.total is not None:
            for start in range(offset, page.total, size):
                after = start + size
                following = (after, end) if after < page.total else None
                yield Part(filters, (start, end), following)
        case [str(moment), _]:
            yield from _stretches(page, filters, read_moment(moment))
        case state:
            yield Part(filters, state)


def _stretches(page: Page, filters: Mapping[str, Any], end: datetime) -> Iterator[Part]:
    """Yield stretches of time of a few pages each; one, where the list has no beginning."""
    bounds = [filters[name] for name in ("createdAtGe", "createdAtGt") if filters.get(name)]
    newest = next((item["createdAt"] for item in page.items if _is_dated(item)), None)
    if not bounds or newest is None:
        yield Part(filters, page.after)
        return
    beginning = max(map(read_moment, bounds))
    length = max((read_moment(newest) - end) * _PAGES_A_PART, (end - beginning) / _MOST_PARTS)
    length = max(length, timedelta(seconds=1))
    start, state = end - length, page.after
    while start > beginning:
        lower = write_moment(start, "milliseconds")
        yield Part({**filters, "createdAtGe": lower}, state, (lower, ""))
        state, start = (lower, ""), start - length
    yield Part(filters, state)


def _is_dated(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("createdAt"), str)

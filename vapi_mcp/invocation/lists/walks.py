"""Three ways to walk a list, one for each way Vapi gives lists.

A walk asks for a page and returns the items with the states before and after them. States go
into cursors; they hold everything, so any process can take the next step.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn, Protocol, TypeAlias

from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.rfc3339 import read_moment, write_moment

Json: TypeAlias = Any
Ask: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Json]]

# The most Vapi gives in one answer.
LARGEST_LIMIT = 1000

_MILLISECOND = timedelta(milliseconds=1)


def _cut_already(count: int) -> NoReturn:
    raise ValueError(f"a page that was cut is not cut again, to {count}")


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one page; `after` and `before` are the states next to it, None at an end.

    cut: returns the page with only so many of its items and states right beside them: the first
    ones, or the last ones where the walk goes back. What it returns cannot be cut again: a page
    that held its own making would be a ring, and rings of megabytes wait long for the collector.
    untrusted: keys that a search added and that hold words of outsiders.
    """

    items: list[Json]
    cut: Callable[[int], Page] = _cut_already
    after: Json = None
    before: Json = None
    notes: tuple[str, ...] = ()
    goes_back: bool = False
    total: int | None = None
    is_shaped: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    untrusted: tuple[str, ...] = ()


class Walk(Protocol):
    """A way of paging."""

    async def page(self, ask: Ask, filters: Mapping[str, Any], limit: int, state: Json) -> Page:
        """Return the page at a state; None stands for the first page."""
        ...


class NumberedPages:
    """Lists that take `page` and `limit`. The state is an offset in items and a moment.

    The moment ends the walk: what is created after its start stays out, so nothing moves the
    pages. It is the newest item's own time where that comes first, else this clock's. A third
    element, true, makes the offset the end of a page and not its start: the way back.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    async def page(self, ask: Ask, filters: Mapping[str, Any], limit: int, state: Json) -> Page:
        """Return `limit` items from the state's offset, in one request."""
        newest_first = filters.get("sortBy", "createdAt") == "createdAt" and (
            filters.get("sortOrder", "DESC") == "DESC"
        )
        start_now = None if newest_first else write_moment(self._clock(), "milliseconds")
        offset, end, *is_back = state or (0, start_now)
        if is_back:
            offset, limit = max(0, offset - limit), min(limit, offset)
        number, size, skip = covering(offset, limit)
        bounds = _earlier(filters, end)
        answer = await ask({**filters, **bounds, "page": number, "limit": size})
        found, metadata = _results(answer)
        items = found[skip : skip + limit]
        if end is None and items:
            end = (
                write_moment(_moment(items[0]) + _MILLISECOND, "milliseconds")
                if _dated(items[0])
                else None
            )
        total = metadata.get("totalItems")
        taken = offset + len(items)
        more = taken < total if isinstance(total, int) else len(found) == size

        def cut(count: int) -> Page:
            first = taken - count if is_back else offset
            there = items[first - offset : first - offset + count]
            return Page(
                items=there,
                after=(first + count, end) if there and (more or first + count < taken) else None,
                before=(first, end, True) if first else None,
                notes=_retention(metadata),
                goes_back=bool(is_back),
                total=total if isinstance(total, int) else None,
            )

        return replace(cut(len(items)), cut=cut)


class DateWindows:
    """Lists that take dates only, newest first. The state is a moment and the ids seen at it.

    The next page asks for what is not newer than the last item and drops what was seen, so
    items that share a moment are neither lost nor repeated.
    """

    async def page(self, ask: Ask, filters: Mapping[str, Any], limit: int, state: Json) -> Page:
        """Return `limit` items that were not seen yet, asking for more while all were."""
        moment, marks = state or (None, "")
        seen = _unpacked(marks)
        bounds = _earlier(filters, moment)
        # One more than needed tells whether there is a next page.
        size = min(LARGEST_LIMIT, limit + len(seen) + 1)
        while True:
            found = _array(await ask({**filters, **bounds, "limit": size}))
            fresh = [item for item in found if _mark(item) not in seen] if seen else list(found)
            if fresh or len(found) < size:
                break
            if size == LARGEST_LIMIT:
                raise UpstreamFailed(
                    f"More than {len(seen)} items were created in one millisecond; Vapi's "
                    "list cannot be read past them by date.",
                    status=502,
                    hint="Narrow the list with another filter.",
                )
            size = min(LARGEST_LIMIT, size * 2)
        fresh.sort(key=_sort_key, reverse=True)
        left = len(fresh) > limit or len(found) == size == LARGEST_LIMIT

        def cut(count: int) -> Page:
            items = fresh[:count]
            more = left or count < min(limit, len(fresh))
            return Page(items, after=_past(items, moment, seen) if more else None)

        return replace(cut(min(limit, len(fresh))), cut=cut)


def _past(items: Sequence[Json], moment: str | None, seen: set[bytes]) -> Json:
    """Return the state of a date window after these items, which follow `moment` and `seen`."""
    dated = [item for item in items if _dated(item)]
    undated = set[bytes]()
    if len(dated) < len(items):
        undated = {_mark(item) for item in items if not _dated(item)}
    if not dated:
        return moment, _packed(seen | undated)
    last = _moment(dated[-1])
    after = last + _MILLISECOND
    marks = undated | {
        _mark(item) for item in dated if last <= read_moment(item["createdAt"]) < after
    }
    end = write_moment(after, "milliseconds")
    return end, _packed(seen | marks if end == moment else marks)


class WholeList:
    """Lists that come in one answer, paged here. The state is the last item's date and id."""

    async def page(self, ask: Ask, filters: Mapping[str, Any], limit: int, state: Json) -> Page:
        """Return the `limit` items after the state, newest first."""
        found = sorted(_array(await ask(filters)), key=_order)
        left = [item for item in found if state is None or _order(item) > tuple(state)]

        def cut(count: int) -> Page:
            items = left[:count]
            after = _order(items[-1]) if len(left) > count else None
            return Page(items, after=after, total=len(found))

        return replace(cut(limit), cut=cut)


def covering(offset: int, limit: int) -> tuple[int, int, int]:
    """Return the page number and size that cover `limit` items from an offset, and the skip.

    Pages begin at multiples of their size, so the size grows until one page holds the range:
    the same list can be walked with a different limit at every step.
    """
    size = limit
    while size < LARGEST_LIMIT and offset // size * size + size < offset + limit:
        size += 1
    number = offset // size
    return number + 1, size, offset - number * size


def _results(answer: Json) -> tuple[list[Json], Mapping[str, Any]]:
    if isinstance(answer, dict) and isinstance(answer.get("results"), list):
        metadata = answer.get("metadata")
        return answer["results"], metadata if isinstance(metadata, dict) else {}
    return _array(answer), {}


def _array(answer: Json) -> list[Json]:
    if isinstance(answer, list):
        return answer
    raise UpstreamFailed("Vapi did not answer with a list.", status=502)


def _retention(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    if metadata.get("itemsBeyondRetention"):
        return ("Older items exist, but the plan's retention hides them.",)
    return ()


def _earlier(filters: Mapping[str, Any], end: str | None) -> dict[str, str]:
    """Return the bound that keeps a walk before `end`, or the caller's own if that is earlier.

    The bound lies a millisecond past the last item and excludes itself: storage may know
    finer times than it prints, and those must stay inside.
    """
    own = filters.get("createdAtLt")
    if end is None or (own is not None and read_moment(own) <= read_moment(end)):
        return {}
    return {"createdAtLt": end}


def _dated(item: Json) -> bool:
    return isinstance(item, dict) and isinstance(item.get("createdAt"), str)


def _moment(item: Json) -> datetime:
    """Return when an item was created, to the millisecond."""
    moment = read_moment(item["createdAt"])
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _sort_key(item: Json) -> str:
    return item["createdAt"] if _dated(item) else ""


def _order(item: Json) -> tuple[float, str]:
    """Newest first, then by id."""
    when = -read_moment(item["createdAt"]).timestamp() if _dated(item) else 0.0
    return when, str(item.get("id", "")) if isinstance(item, dict) else str(item)


def _mark(item: Json) -> bytes:
    """Return a short stand-in for an item's id; a cursor may have to hold hundreds."""
    identity = item.get("id", item) if isinstance(item, dict) else item
    return hashlib.blake2b(str(identity).encode(), digest_size=6).digest()


def _packed(marks: set[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(marks))).decode()


def _unpacked(text: str) -> set[bytes]:
    raw = base64.b64decode(text)
    return {raw[at : at + 6] for at in range(0, len(raw), 6)}

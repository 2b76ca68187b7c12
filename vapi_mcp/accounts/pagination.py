"""Pages of records, newest first; a page continues after a record, not at a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Dated(Protocol):
    """A record that has a place in a list."""

    @property
    def id(self) -> str:
        """The id; it orders records of the same moment."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        ...


Record = TypeVar("Record", bound=Dated)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The place of a record in a list: by time of creation, then by id."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Window:
    """The requested part of a list: the records after a place, or those before one.

    At most one of `after` and `before` is given; neither means the start.
    """

    limit: int = 25
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """Some records of a list, newest first.

    next: continue after this place; previous: the page before ends ahead of this one. Each is
    None where the list ends.
    """

    items: tuple[Record, ...]
    next: Place | None = None
    previous: Place | None = None


def place_of(record: Dated) -> Place:
    """Return where a record stands."""
    return Place(record.created_at, record.id)


def page_of(found: Sequence[Record], window: Window) -> Page[Record]:
    """Return the page of up to `limit + 1` records, read from the window's place outwards.

    The one record too many says that the list goes on. After `before`, records come oldest first.
    """
    more = len(found) > window.limit
    items = tuple(found[: window.limit])
    if window.before is not None:
        items = items[::-1]
        ahead, behind = more, bool(items)
    else:
        ahead, behind = window.after is not None and bool(items), more
    return Page(
        items,
        next=place_of(items[-1]) if behind else None,
        previous=place_of(items[0]) if ahead else None,
    )


def page_among(records: Iterable[Record], window: Window) -> Page[Record]:
    """Return the window's page of records that are all at hand, in any order."""
    ordered = sorted(records, key=place_of, reverse=window.before is None)
    if window.before is not None:
        ordered = [r for r in ordered if place_of(r) > window.before]
    elif window.after is not None:
        ordered = [r for r in ordered if place_of(r) < window.after]
    return page_of(ordered[: window.limit + 1], window)

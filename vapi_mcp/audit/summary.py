"""The log in figures: by day, by tool and by server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

# More entries are not read for one summary; the newest count.
MOST_ENTRIES = 100_000
_MOST_GROUPS = 12


class EntryFigures(NamedTuple):
    """What a summary needs of an entry; a name per column of the log."""

    created_at: datetime
    tool_name: str | None
    server_id: str | None
    status: int
    outcome: str | None
    duration: float | None
    tokens: int | None


class PlacedCalls(NamedTuple):
    """What a usage needs of an entry about calls; a name per column of the log."""

    server_id: str | None
    upstream_id: str | None
    upstream_ids: tuple[str, ...] | None
    cost: float | None

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all its calls."""
        first = (self.upstream_id,) if self.upstream_id else ()
        return frozenset((*first, *(self.upstream_ids or ())))


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of some requests. median, slow: milliseconds, the 50th and 95th in a hundred.

    blocked: writes that a policy refused.
    """

    calls: int = 0
    errors: int = 0
    blocked: int = 0
    median: float | None = None
    slow: float | None = None
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of a day, a tool or a server."""

    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a time. days: every day of it, the oldest first; tools, servers: the busiest.

    is_whole: whether no entry was left out.
    """

    all: Figures
    days: tuple[Group, ...]
    tools: tuple[Group, ...]
    servers: tuple[Group, ...]
    is_whole: bool = True


def summarise(entries: Sequence[EntryFigures], since: date, until: date) -> Summary:
    """Return the summary of entries from one day until another, both of them included."""
    by_day = _grouped(entries, lambda each: each.created_at.astimezone(UTC).date().isoformat())
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    return Summary(
        all=_figures(entries),
        days=tuple(Group(d.isoformat(), _figures(by_day.get(d.isoformat(), ()))) for d in days),
        tools=_busiest(_grouped(entries, lambda each: each.tool_name or "")),
        servers=_busiest(_grouped(entries, lambda each: each.server_id or "")),
        is_whole=len(entries) < MOST_ENTRIES,
    )


def _grouped(
    entries: Iterable[EntryFigures], name_of: Callable[[EntryFigures], str]
) -> dict[str, list[EntryFigures]]:
    groups: dict[str, list[EntryFigures]] = {}
    for each in entries:
        groups.setdefault(name_of(each), []).append(each)
    return groups


def _busiest(groups: dict[str, list[EntryFigures]]) -> tuple[Group, ...]:
    named = [(name, found) for name, found in groups.items() if name]
    named.sort(key=lambda group: -len(group[1]))
    return tuple(Group(name, _figures(found)) for name, found in named[:_MOST_GROUPS])


def _figures(entries: Sequence[EntryFigures]) -> Figures:
    durations = sorted(each.duration for each in entries if each.duration is not None)
    return Figures(
        calls=len(entries),
        errors=sum(each.status >= HTTPStatus.BAD_REQUEST for each in entries),
        blocked=sum(_is_blocked(each) for each in entries),
        median=_at(durations, 0.5),
        slow=_at(durations, 0.95),
        tokens=sum(each.tokens or 0 for each in entries),
    )


def _is_blocked(entry: EntryFigures) -> bool:
    return entry.status == HTTPStatus.FORBIDDEN and entry.outcome == "refused"


def _at(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None

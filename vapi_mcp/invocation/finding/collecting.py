"""What a search keeps of the pages that it goes through: matches, the first by a key, or counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter
from typing import Any, Self, TypeAlias

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.finding.conditions import Clause
from vapi_mcp.invocation.finding.values import Key
from vapi_mcp.invocation.lists.walks import Json, Page
from vapi_mcp.invocation.meanings.null_groups import kind_of_null

_MOST_GROUPS = 2_000
_LONGEST_VALUE = 120
# So many more than are wanted are held before they are sorted.
_SLACK = 100
_SAMPLE = 20

Shape: TypeAlias = Callable[[Any], Any]
Rank: TypeAlias = tuple[int, Any]


def as_it_is(item: Any) -> Any:
    """Return an item unchanged."""
    return item


@dataclass(slots=True)
class Collection(ABC):
    """What was found on some pages that follow each other.

    clauses: what a match has to meet. scanned: how many items were looked at. matched: how many of
    them match. until: when the last one was created. having, meeting: how many items have what each
    clause is about, and how many meet it. others: how many items that lack only the words of a
    search have other words for them. sample: the first items.
    """

    clauses: Sequence[Clause] = ()
    scanned: int = 0
    matched: int = 0
    until: str | None = None
    having: Counter[str] = field(default_factory=Counter[str])
    meeting: Counter[str] = field(default_factory=Counter[str])
    others: Counter[str] = field(default_factory=Counter[str])
    sample: list[Any] = field(default_factory=list[Any])

    @property
    def is_full(self) -> bool:
        """Whether it needs no more pages."""
        return False

    def take(self, page: Page) -> None:
        """Look through a page."""
        self.sample = self.sample or page.items[:_SAMPLE]
        for at, item in enumerate(page.items):
            self.scanned += 1
            self.until = _created(item) or self.until
            if self._is_match(item):
                self.matched += 1
                self._keep(item, page, at)
                if self.is_full:
                    return

    def go_on_at(self, state: Json) -> None:
        """Note that the list goes on at a state, though the part of it that was read ends here."""
        del state

    @abstractmethod
    def join(self, later: Any) -> None:
        """Take over what another collection of this kind found on the pages after these."""

    @abstractmethod
    def _keep(self, item: Any, page: Page, at: int) -> None: ...

    def _is_match(self, item: Any) -> bool:
        looks = [(each.name, each.look(item)) for each in self.clauses]
        for name, look in looks:
            self.having[name] += look.has_it
            self.meeting[name] += look.is_met
        unmet = [look for _, look in looks if not look.is_met]
        if len(unmet) == 1:
            self.others.update(unmet[0].others)
        return not unmet

    def _join(self, later: Collection) -> None:
        self.scanned += later.scanned
        self.matched += later.matched
        self.until = later.until or self.until
        self.having.update(later.having)
        self.meeting.update(later.meeting)
        self.others.update(later.others)


@dataclass(slots=True)
class Matching(Collection):
    """The first matches in the order of the list, each with the state of the walk behind it."""

    most: int = 0
    shape: Shape = as_it_is
    items: list[Any] = field(default_factory=list[Any])
    states: list[Json] = field(default_factory=list[Json])

    @property
    def is_full(self) -> bool:
        """Whether there are as many as were asked for."""
        return len(self.items) >= self.most

    def go_on_at(self, state: Json) -> None:
        """Put a state behind the last match of a part, where it has none."""
        if self.states and self.states[-1] is None:
            self.states[-1] = state

    def join(self, later: Self) -> None:
        """Take over later matches, as many as are still wanted."""
        self._join(later)
        room = self.most - len(self.items)
        self.items += later.items[:room]
        self.states += later.states[:room]

    def _keep(self, item: Any, page: Page, at: int) -> None:
        self.items.append(self.shape(item))
        self.states.append(page.cut(at + 1).after)


@dataclass(slots=True)
class Ranked(Collection):
    """The first matches by the value of a key; those without a value come last."""

    key: Key = field(default_factory=lambda: Key("createdAt"))
    descending: bool = False
    most: int = 0
    shape: Shape = as_it_is
    _held: list[tuple[Rank | None, Any]] = field(default_factory=list["tuple[Rank | None, Any]"])

    @property
    def items(self) -> list[Any]:
        """The matches in order; of equal ones, those first that come first in the list."""
        self._prune()
        return [item for _, item in self._held]

    def join(self, later: Self) -> None:
        """Take over later matches."""
        self._join(later)
        self._held += later._held
        self._prune()

    def _prune(self) -> None:
        known = [(rank, item) for rank, item in self._held if rank is not None]
        known.sort(key=itemgetter(0), reverse=self.descending)
        unknown = [pair for pair in self._held if pair[0] is None]
        self._held = [*known, *unknown][: self.most]

    def _keep(self, item: Any, page: Page, at: int) -> None:
        del page, at
        rank = rank_of(self.key.first(item))
        self.having[self.key.written] += rank is not None
        self._held.append((rank, self.shape(item)))
        if len(self._held) > 2 * self.most + _SLACK:
            self._prune()


@dataclass(slots=True)
class Counted(Collection):
    """How many matches have each value of one or two keys."""

    keys: Sequence[Key] = ()
    groups: Counter[tuple[Any, ...]] = field(default_factory=Counter[tuple[Any, ...]])
    beyond: int = 0
    nulls: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def join(self, later: Self) -> None:
        """Add later counts."""
        self._join(later)
        self.beyond += later.beyond
        self.nulls.update(later.nulls)
        for group, count in later.groups.items():
            self._add(group, count)

    def rows(self) -> list[dict[str, Any]]:
        """Return the groups, the largest first."""
        names = [key.written for key in self.keys]
        ordered = sorted(self.groups.items(), key=lambda pair: (-pair[1], str(pair[0])))
        return [
            {**dict(zip(names, group, strict=True)), "count": count} for group, count in ordered
        ]

    def _keep(self, item: Any, page: Page, at: int) -> None:
        del page, at
        for key in self.keys:
            values = list(key.values(item))
            self.having[key.written] += bool(values)
            is_null = all(value is None for value in values)
            if is_null and (kind := kind_of_null(key.written, item)):
                self.nulls[key.written, kind] += 1
        for group in set(product(*(_labels(key, item) for key in self.keys))):
            self._add(group, 1)

    def _add(self, group: tuple[Any, ...], count: int) -> None:
        if group in self.groups or len(self.groups) < _MOST_GROUPS:
            self.groups[group] += count
        else:
            self.beyond += count


def rank_of(value: Any) -> Rank | None:
    """Return what a value is ordered by: numbers, then texts; None where there is no order."""
    if isinstance(value, bool | int | float):
        return 0, value
    return (1, value.casefold()) if isinstance(value, str) else None


def _labels(key: Key, item: Any) -> Iterable[Any]:
    values = list(key.values(item))
    return dict.fromkeys(_label(key, value) for value in values) if values else (None,)


def _label(key: Key, value: Any) -> Any:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key.written}.{name}" for name in list(value)[:10])
        raise InvalidArguments(f"count_by: {key.written} holds objects. Use one of {inner}.")
    return value[:_LONGEST_VALUE] if isinstance(value, str) else value


def _created(item: Any) -> str | None:
    created = item.get("createdAt") if isinstance(item, dict) else None
    return created if isinstance(created, str) else None

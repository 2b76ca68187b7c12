"""Notes on what is sent: one a kind, and what matters most comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vapi_mcp.json_paths import Path, format_place

_MOST_PLACES = 8
_LONGEST_PLACE = 120


class UrgentNote(str):
    """A note that stands before ordinary ones."""

    __slots__ = ()


class UntrustedNote(UrgentNote):
    """A note that marks text of outsiders: the first of an answer's notes."""

    __slots__ = ()


class Repaired(UrgentNote):
    """A note on a number that was sent otherwise than it was written."""

    __slots__ = ()


class DanglingNote(UrgentNote):
    """A note on a name that leads nowhere."""

    __slots__ = ()


# The order of an answer's notes; all others follow.
_ORDER = (UntrustedNote, Repaired, DanglingNote, UrgentNote)


def by_weight(notes: Iterable[str]) -> tuple[str, ...]:
    """Return notes with the urgent ones first, by their kind, otherwise in their order."""
    return tuple(sorted(notes, key=_weight))


def _weight(note: str) -> int:
    return next((at for at, kind in enumerate(_ORDER) if isinstance(note, kind)), len(_ORDER))


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: `a, b and c`, or the first few and how many more."""
    known = list(names)
    return _listed(_Places(known[:_MOST_PLACES], len(known)))


def _listed(places: _Places) -> str:
    shown = [name[:_LONGEST_PLACE] for name in places.told]
    if more := places.count - len(shown):
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


class Objections:
    """What Vapi may object to, by kind and words; each kind becomes one note."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, _Places]] = {}
        self._counts = Counter[str]()

    def add(self, kind: str, place: str | Path, problem: str) -> None:
        """Keep a place and what is wrong there, in words that follow the name of the place."""
        self._counts[kind] += 1
        problems = self._kinds.setdefault(kind, {})
        if problem not in problems:
            problems[problem] = _Places()
        problems[problem].add(place)

    def is_full(self, kind: str) -> bool:
        """Return whether a kind has so many places that advice on one more would not be shown."""
        return self._counts[kind] >= _MOST_PLACES

    def notes(self) -> list[str]:
        """Return one note for each kind."""
        return [_told(problems) for problems in self._kinds.values()]


@dataclass(slots=True)
class _Places:
    """The places with the same problem; only those that are told have names."""

    told: list[str] = field(default_factory=list[str])
    count: int = 0

    def add(self, place: str | Path) -> None:
        self.count += 1
        if len(self.told) < _MOST_PLACES:
            self.told.append(place if isinstance(place, str) else format_place(place))


def _told(problems: dict[str, _Places]) -> str:
    few = list(problems.items())[:_MOST_PLACES]
    told = "; ".join(f"{_listed(places)} {_agreeing(text, places)}" for text, places in few)
    count = sum(places.count for places in problems.values())
    if more := count - sum(places.count for _, places in few):
        told += f"; and {more} more"
    return f"{told}; sent as {'it is' if count == 1 else 'they are'}"


def _agreeing(problem: str, places: _Places) -> str:
    if places.count == 1 or not problem.startswith("is "):
        return problem
    plural = f"are {problem[3:]}"
    return f"{plural[:-2]}them" if plural.endswith(" requires it") else plural

"""Notes on what is sent: one a kind, and what matters most comes first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

_MOST_PLACES = 8
_LONGEST_PLACE = 120


class Urgent(str):
    """A note that stands before all others: a changed number, a dangling name, untrusted text."""

    __slots__ = ()


def by_weight(notes: Iterable[str]) -> tuple[str, ...]:
    """Return notes with the urgent ones first, otherwise in their order."""
    return tuple(sorted(notes, key=lambda note: not isinstance(note, Urgent)))


def listed(names: Iterable[str]) -> str:
    """Return names as people list them: `a, b and c`, or the first few and how many more."""
    known = list(names)
    shown = [name[:_LONGEST_PLACE] for name in known[:_MOST_PLACES]]
    if more := len(known) - len(shown):
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


@dataclass(slots=True)
class Objections:
    """What Vapi may object to, by kind and words; each kind becomes one note."""

    _kinds: dict[str, dict[str, list[str]]] = field(default_factory=dict[str, dict[str, list[str]]])

    def add(self, kind: str, place: str, problem: str) -> None:
        """Keep a place and what is wrong there, in words that follow the name of the place."""
        self._kinds.setdefault(kind, {}).setdefault(problem, []).append(place)

    def is_full(self, kind: str) -> bool:
        """Return whether a kind has so many places that advice on one more would not be shown."""
        return sum(map(len, self._kinds.get(kind, {}).values())) >= _MOST_PLACES

    def notes(self) -> list[str]:
        """Return one note for each kind."""
        return [_told(problems) for problems in self._kinds.values()]


def _told(problems: dict[str, list[str]]) -> str:
    few = list(problems.items())[:_MOST_PLACES]
    told = "; ".join(f"{listed(places)} {_agreeing(text, places)}" for text, places in few)
    if more := sum(map(len, problems.values())) - sum(len(places) for _, places in few):
        told += f"; and {more} more"
    is_one = sum(map(len, problems.values())) == 1
    return f"{told}; sent as {'it is' if is_one else 'they are'}"


def _agreeing(problem: str, places: list[str]) -> str:
    if len(places) == 1 or not problem.startswith("is "):
        return problem
    plural = f"are {problem[3:]}"
    return f"{plural[:-2]}them" if plural.endswith(" requires it") else plural

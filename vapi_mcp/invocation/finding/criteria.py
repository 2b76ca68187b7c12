"""What the values of a key may be measured by: the criteria of conditions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vapi_mcp.invocation.answers.transcript_search import texts_in
from vapi_mcp.invocation.answers.wanted_words import Alternatives
from vapi_mcp.relative_times import Period
from vapi_mcp.rfc3339 import read_moment


class Criterion(ABC):
    """Something that the values of a key may meet."""

    @abstractmethod
    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether the values that a key leads to in one item meet it."""


@dataclass(frozen=True, slots=True)
class Nothing(Criterion):
    """There is no value, or it is null."""

    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether nothing but nulls is there."""
        return all(value is None for value in values)


@dataclass(frozen=True, slots=True)
class Equal(Criterion):
    """A value is this one; case does not count, and a date stands for all of its day."""

    value: Any
    period: Period | None = None

    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether one of the values is equal."""
        return any(self._is(value) for value in values)

    def _is(self, value: Any) -> bool:
        if isinstance(self.value, bool) or isinstance(value, bool):
            return self._is_same_truth(value)
        if isinstance(value, int | float) and isinstance(self.value, int | float):
            return value == self.value
        if _folded(value) == _folded(self.value):
            return True
        moment = _moment_of(value) if self.period is not None else None
        period = self.period
        return bool(moment and period and period.start <= moment < period.end)

    def _is_same_truth(self, value: Any) -> bool:
        return _folded(value) == _folded(self.value)


@dataclass(frozen=True, slots=True)
class Like(Criterion):
    """A text has these pieces in this order; the first and the last one at its ends."""

    pieces: tuple[str, ...]

    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether one of the values has the pieces."""
        return any(self._fits(_folded(value)) for value in values if value is not None)

    def _fits(self, text: str) -> bool:
        first, *middle, last = self.pieces
        if len(text) < len(first) + len(last) or not text.startswith(first):
            return False
        end = len(text) - len(last)
        at = len(first)
        for piece in middle:
            found = text.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return text.endswith(last)


@dataclass(frozen=True, slots=True)
class Compared(Criterion):
    """A number or a moment is beyond this one."""

    compare: Callable[[Any, Any], bool]
    number: float | None
    moment: datetime | None

    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether one of the values is beyond; what cannot be compared is not."""
        return any(self._is_beyond(value) for value in values)

    def _is_beyond(self, value: Any) -> bool:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number is not None and self.compare(value, self.number)
        moment = _moment_of(value) if self.moment is not None else None
        return moment is not None and self.compare(moment, self.moment)


@dataclass(frozen=True, slots=True)
class Words(Criterion):
    """The texts at a key hold all words of one alternative, in any order; case does not count."""

    words: Alternatives

    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether the words are there, together."""
        text = "\n".join(each for value in values for each in texts_in(value)).casefold()
        if any(" " in word for words in self.words for word in words):
            text = " ".join(text.split())
        return any(all(word in text for word in words) for words in self.words)


@dataclass(frozen=True, slots=True)
class Negated(Criterion):
    """The values do not meet another criterion."""

    criterion: Criterion

    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether they do not."""
        return not self.criterion.is_met_by(values)


@dataclass(frozen=True, slots=True)
class AnyOf(Criterion):
    """The values meet one of several criteria, and all that are negated."""

    criteria: tuple[Criterion, ...]

    def is_met_by(self, values: list[Any]) -> bool:
        """Return whether one is met and nothing stands against it."""
        others = [each for each in self.criteria if not isinstance(each, Negated)]
        is_one = not others or any(each.is_met_by(values) for each in others)
        against = (each for each in self.criteria if isinstance(each, Negated))
        return is_one and all(each.is_met_by(values) for each in against)


def _folded(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.casefold() if isinstance(value, str) else str(value)


def _moment_of(value: Any) -> datetime | None:
    try:
        return read_moment(value) if isinstance(value, str) else None
    except ValueError:
        return None

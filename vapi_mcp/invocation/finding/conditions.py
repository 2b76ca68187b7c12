"""The conditions of `where`: what the value of a key has to be."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol, cast

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.answers.wanted_words import Alternatives, read_words
from vapi_mcp.invocation.finding.criteria import (
    AnyOf,
    Compared,
    Criterion,
    Equal,
    Like,
    Negated,
    Nothing,
    Words,
)
from vapi_mcp.invocation.finding.values import Key
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.relative_times import EXAMPLES, Period, read_period

MOST = 10
LONGEST = 200
_MOST_STEPS = 20
FORMS = (
    'a value, a list of values, "*part*", ">1", "<=2026-11-01", ">-7d", "~all words|or these", '
    '"!not this", "!null" or null'
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A key of items, and the criterion that its values have to meet."""

    key: Key
    criterion: Criterion

    @property
    def name(self) -> str:
        """The key as it was written."""
        return self.key.written

    def look(self, item: Any) -> Look:
        """Return whether an item has the key, and whether it meets the condition."""
        values = list(self.key.values(item))
        return Look(bool(values), self.criterion.is_met_by(values))


class Look(NamedTuple):
    """What a look at an item showed: has it what is asked about, and is it as asked for.

    others: other words for those that are not there.
    """

    has_it: bool
    is_met: bool
    others: tuple[str, ...] = ()


class Clause(Protocol):
    """One thing that an item has to meet."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def look(self, item: Any) -> Look:
        """Return what a look at an item shows."""
        ...


def read_conditions(where: Mapping[str, Any], now: datetime) -> list[Condition]:
    """Return the conditions of `where`, which all have to hold; inner objects are dotted keys.

    Raises:
        InvalidArguments: There are too many, or one has no known form.
    """
    found = list(islice(_flat(where), MOST + 1))
    if len(found) > MOST:
        raise InvalidArguments(f"where: at most {MOST} conditions. Nothing was sent.")
    return [Condition(_key(name), read_criterion(name, value, now)) for name, value in found]


def _flat(where: Mapping[str, Any], before: str = "", level: int = 1) -> Iterator[tuple[str, Any]]:
    for name, value in where.items():
        if isinstance(value, Mapping) and value and level < _MOST_STEPS:
            yield from _flat(cast("Mapping[str, Any]", value), f"{before}{name}.", level + 1)
        else:
            yield before + name, value


def read_criterion(name: str, value: Any, now: datetime) -> Criterion:
    """Return the criterion that one condition stands for; name: its key.

    Raises:
        InvalidArguments: It has no known form.
    """
    if isinstance(value, list):
        values = cast("list[Any]", value)
        if not values or len(values) > MOST:
            raise _refused(name, f"takes 1 to {MOST} values, not {len(values)}")
        return AnyOf(tuple(_read_one(name, each, now) for each in values))
    return _read_one(name, value, now)


def _read_one(name: str, value: Any, now: datetime) -> Criterion:
    if value is None:
        return Nothing()
    if isinstance(value, bool | int | float):
        return Equal(value)
    if not isinstance(value, str):
        raise _refused(name, f"has to be {FORMS}")
    if len(value) > LONGEST:
        raise _refused(name, f"may have at most {LONGEST} characters, not {len(value)}")
    return _read_text(name, value.strip(), now)


def _read_text(name: str, text: str, now: datetime) -> Criterion:
    if text.startswith("!"):
        return Negated(_read_text(name, text[1:].removeprefix("=").strip(), now))
    if text.startswith("~"):
        return Words(_words(name, text[1:]))
    if sign := next((sign for sign in _COMPARISONS if text.startswith(sign)), None):
        return _comparison(name, sign, text[len(sign) :].strip(), now)
    if text.startswith("="):
        return Equal(text.lstrip("=").strip())
    if text.lower() == "null":
        return Nothing()
    return _like(text) if "*" in text else Equal(text, _period_of(text, now))


def _words(name: str, text: str) -> Alternatives:
    words = read_words(text)
    if not words:
        raise _refused(name, "needs words after ~")
    return tuple(tuple(word.casefold() for word in each) for each in words)


def _like(pattern: str) -> Like:
    return Like(tuple(pattern.casefold().split("*")))


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def _comparison(name: str, sign: str, operand: str, now: datetime) -> Compared:
    """Return a comparison; after a day, a month or the like is from its first moment on."""
    number, period = _number_of(operand), _period_of(operand, now)
    if number is None and period is None:
        raise _refused(name, f"compares with a number or a time ({EXAMPLES}), not {operand[:40]!r}")
    if period is None or period.is_moment:
        return Compared(_COMPARISONS[sign], number, period.start if period else None)
    compare, bound = {
        ">": (operator.ge, period.start),
        ">=": (operator.ge, period.start),
        "<": (operator.lt, period.start),
        "<=": (operator.lt, period.end),
    }[sign]
    return Compared(compare, number, bound)


def _key(name: str) -> Key:
    if not name or len(name) > LONGEST or len(parse_keys(name)) > _MOST_STEPS:
        raise InvalidArguments(
            f"where: {name[:40]!r} is no key: at most {LONGEST} characters and {_MOST_STEPS} "
            "steps. Nothing was sent."
        )
    return Key(name)


def _number_of(text: str) -> float | None:
    try:
        return float(text.removeprefix("$").replace(",", ""))
    except ValueError:
        return None


def _period_of(text: str, now: datetime) -> Period | None:
    try:
        return read_period(text, now)
    except ValueError:
        return None


def _refused(name: str, problem: str) -> InvalidArguments:
    return InvalidArguments(f"where: {name[:80]} {problem}. Nothing was sent.")

"""A chart of days: bars of one or more parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

# A day, the values of its parts, and what is said of them.
Day: TypeAlias = tuple[str, tuple[float, ...], str]
_TWO_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: the heights of its parts in hundredths of the chart's, and its title."""

    parts: tuple[float, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. most: the height of its axis, in words; kinds: what its parts are."""

    title: str
    kinds: tuple[str, ...]
    bars: tuple[Bar, ...]
    most: str
    is_empty: bool


def chart_of(title: str, kinds: tuple[str, ...], days: Sequence[Day]) -> Chart:
    """Return the chart of days, as high as its highest bar."""
    most = max((sum(parts) for _, parts, _ in days), default=0.0)
    bars = tuple(Bar(_heights(parts, most), f"{day}: {words}") for day, parts, words in days)
    return Chart(title, kinds, bars, _short(most), is_empty=most == 0)


def _heights(parts: tuple[float, ...], most: float) -> tuple[float, ...]:
    return tuple(round(part / most * 100, 2) if most else 0.0 for part in parts)


def _short(value: float) -> str:
    is_whole = value >= _TWO_DIGITS or value == int(value)
    return f"{value:,.0f}" if is_whole else f"{value:,.2f}"

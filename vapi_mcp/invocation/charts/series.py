"""Series of numbers, read off rows that Vapi computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Rows: TypeAlias = Sequence[Mapping[str, Any]]
Number: TypeAlias = int | float
Values: TypeAlias = list[Number | None]

MOST_MEASURES = 4
MOST_SERIES = 8
MOST_LABELS = 120
_DATE = "date"
_NOTHING = "none"
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers under the same labels.

    axis: the column that the labels come from; None where there is one row of plain figures.
    series: each with the figure it is of, and the group, which is empty where there are no groups.
    left_out: how many series and labels are missing, the smaller and the older ones.
    """

    axis: str | None
    labels: list[str]
    series: list[dict[str, Any]]
    left_out: Mapping[str, int]


def series_of(rows: Rows) -> Series:
    """Return the series in rows: one for each group and figure over time, else one a figure."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    over_time = any(isinstance(row.get(_DATE), str) for row in rows)
    measures = [name for name in columns if name != _DATE and _is_measure(name, rows)]
    groups = _telling([name for name in columns if name != _DATE and _is_group(name, rows)], rows)
    if over_time:
        return _bounded(_DATE, _over_time(rows, groups, measures), keeps_last=True)
    axis = groups[0] if groups else None
    return _bounded(axis, _by_group(rows, groups, measures), keeps_last=False)


_Key: TypeAlias = tuple[str, str]
_Table: TypeAlias = tuple[list[str], dict[_Key, Values]]


def _over_time(rows: Rows, groups: Sequence[str], measures: Sequence[str]) -> _Table:
    dates = [str(row.get(_DATE)) for row in rows]
    labels = sorted(set(dates))
    places = {label: place for place, label in enumerate(labels)}
    found: dict[_Key, Values] = {}
    for date, row in zip(dates, rows, strict=True):
        group = _group(row, groups)
        for measure in measures:
            values = found.setdefault((measure, group), [None] * len(labels))
            values[places[date]] = _number(row.get(measure))
    return labels, {key: values for key, values in found.items() if any(map(_is_known, values))}


def _is_known(value: Number | None) -> bool:
    return value is not None


def _by_group(rows: Rows, groups: Sequence[str], measures: Sequence[str]) -> _Table:
    labels = [_group(row, groups) or "" for row in rows]
    return labels, {(name, ""): [_number(row.get(name)) for row in rows] for name in measures}


def _bounded(axis: str | None, table: _Table, *, keeps_last: bool) -> Series:
    labels, found = table
    measures = list(dict.fromkeys(measure for measure, _ in found))[:MOST_MEASURES]
    largest = {key for measure in measures for key in _largest(measure, found)}
    keys = [key for key in found if key in largest]
    places = _kept_places(labels, [found[key] for key in keys], keeps_last=keeps_last)
    return Series(
        axis,
        [labels[place] for place in places],
        [_shown(key, [found[key][place] for place in places]) for key in keys],
        {"series": len(found) - len(keys), "labels": len(labels) - len(places)},
    )


def _largest(measure: str, found: Mapping[_Key, Values]) -> list[_Key]:
    """Return the series of a figure that are shown."""
    keys = [key for key in found if key[0] == measure]
    return sorted(keys, key=lambda key: -_sum(found[key]))[:MOST_SERIES]


def _shown(key: _Key, values: Values) -> dict[str, Any]:
    measure, group = key
    return {"measure": measure[:_LONGEST], "group": group, "values": values}


def _kept_places(labels: Sequence[str], series: Sequence[Values], *, keeps_last: bool) -> list[int]:
    """Return the places of the labels that are shown: the last ones, or the largest."""
    every = range(len(labels))
    if len(labels) <= MOST_LABELS:
        return list(every)
    if keeps_last:
        return list(every[-MOST_LABELS:])
    largest = sorted(every, key=lambda place: -_sum([values[place] for values in series[:1]]))
    return sorted(largest[:MOST_LABELS])


def _sum(values: Values) -> Number:
    return sum(abs(each) for each in values if each is not None)


def _is_measure(name: str, rows: Rows) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    return bool(values) and all(_number(value) is not None for value in values)


def _is_group(name: str, rows: Rows) -> bool:
    return any(isinstance(row.get(name), str) for row in rows)


def _telling(groups: list[str], rows: Rows) -> list[str]:
    """Return the columns that tell rows apart; the first one where none does."""
    telling = [name for name in groups if len({str(row.get(name)) for row in rows}) > 1]
    return telling or groups[:1]


def _group(row: Mapping[str, Any], groups: Sequence[str]) -> str:
    named = [row.get(name) for name in groups]
    return " · ".join(_NOTHING if each is None else str(each)[:_LONGEST] for each in named)


def _number(value: Any) -> Number | None:
    return value if type(value) in (int, float) else None

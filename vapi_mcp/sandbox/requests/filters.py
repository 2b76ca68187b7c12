"""The filters of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_moment, to_text

Predicate: TypeAlias = Callable[[JsonObject], bool]
Filter: TypeAlias = Callable[[Any], Predicate]

DATE_FILTERS = frozenset(
    f"{column}{bound}"
    for column in ("createdAt", "updatedAt")
    for bound in ("Gt", "Lt", "Ge", "Le")
)


def equals(*path: str) -> Filter:
    """Match the text at a path exactly."""
    return lambda wanted: lambda item: _text(_at(item, path)) == _text(wanted)


def any_of(*path: str) -> Filter:
    """Match when the value at a path is one of a comma-separated list (or repeated parameter)."""

    def build(wanted: Any) -> Predicate:
        texts = wanted if isinstance(wanted, list) else str(wanted).split(",")
        options = {str(text).strip() for text in texts}
        return lambda item: _at(item, path) in options

    return build


def enabled_by_default(*path: str) -> Filter:
    """Match a boolean that counts as true when it is absent."""
    return lambda wanted: lambda item: (_at(item, path) is not False) == (wanted is True)


def contains(*paths: str) -> Filter:
    """Match when any of the top-level texts contains the wanted one, in any case."""

    def build(wanted: Any) -> Predicate:
        text = str(wanted).casefold()
        return lambda item: any(text in str(item.get(path) or "").casefold() for path in paths)

    return build


def select(
    items: Iterable[JsonObject], query: Mapping[str, Any], filters: Mapping[str, Filter]
) -> list[JsonObject]:
    """Return the items that pass every filter of the query, in their order."""
    predicates = [filters[name](value) for name, value in query.items() if name in filters]
    predicates += [_dated(name, value) for name, value in query.items() if name in DATE_FILTERS]
    return [item for item in items if all(passes(item) for passes in predicates)]


def _dated(name: str, value: Any) -> Predicate:
    column, bound = name[:-2], name[-2:]
    moment = to_moment(value)
    # Both sides are written alike, so that their texts sort as the instants do.
    edge = to_text(moment) if moment else ""
    match bound:
        case "Gt":
            return lambda item: item.get(column, "") > edge
        case "Lt":
            return lambda item: item.get(column, "") < edge
        case "Ge":
            return lambda item: item.get(column, "") >= edge
        case _:
            return lambda item: item.get(column, "") <= edge


def _at(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value

"""The differences of a change as the lines of a table, and its objects as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line: a place in the object, and what stood and stands there.

    before, after: None where nothing does.
    """

    path: str
    kind: Kind
    before: str | None = None
    after: str | None = None


def differences_of(diff: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Return the lines of a diff by path."""
    return [_items(each) if "before" not in each else _values(each) for each in diff]


def text_of(value: Any) -> str:
    """Return a value as people read it: words as they are, anything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2)


def _values(each: Mapping[str, Any]) -> Difference:
    before, after = (_shown(each[side]) for side in ("before", "after"))
    kind: Kind = "added" if before is None else "removed" if after is None else "changed"
    return Difference(each["path"], kind, before, after)


def _items(each: Mapping[str, Any]) -> Difference:
    """Return the line of a list: the names of items that it lost and gained."""
    removed, added, order = (each.get(name) for name in ("removed", "added", "order"))
    before = ", ".join(removed) if removed else None
    after = ", ".join(added) if added else None
    if order:
        after = f"{after}; in the order {', '.join(order)}" if after else ", ".join(order)
    kind: Kind = "changed" if order or (removed and added) else "added" if added else "removed"
    return Difference(each["path"], kind, before, after)


def _shown(value: Any) -> str | None:
    return None if value is None else text_of(value)

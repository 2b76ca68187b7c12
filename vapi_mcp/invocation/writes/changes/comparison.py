"""The differences of two states of an object; lists by the ids or names of their items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from vapi_mcp.invocation.writes.changes.excerpts import excerpts
from vapi_mcp.json_paths import Path, format_place, resolve

_NAMES = (
    ("id",),
    ("assistantId",),
    ("structuredOutputId",),
    ("function", "name"),
    ("name",),
    ("assistant", "name"),
)
_LONGEST_NAME = 200
# What every update changes, and the answer says by itself.
_STAMPS = frozenset({"updatedAt"})

Labels: TypeAlias = Mapping[str, tuple[int, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """A place where two states differ: two values, or the items that a list gained and lost."""

    path: Path
    before: Any = None
    after: Any = None
    items: Mapping[str, list[str]] | None = None

    def shown(self, most: int) -> dict[str, Any]:
        """Return it for an answer, with values of about `most` characters."""
        place = format_place(self.path)
        if self.items is not None:
            return {"path": place, **self.items}
        before, after = excerpts(self.before, self.after, most)
        return {"path": place, "before": before, "after": after}


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what differs between two states of an object; absent is null."""
    for name in dict.fromkeys((*before, *after)):
        if name not in _STAMPS:
            yield from _changes(before.get(name), after.get(name), (name,))


def _changes(before: Any, after: Any, path: Path) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        for name in dict.fromkeys((*old, *new)):
            yield from _changes(old.get(name), new.get(name), (*path, name))
    elif before != after:
        found = _list_changes(before, after, path)
        yield from [Change(path, before, after)] if found is None else found


def _list_changes(before: Any, after: Any, path: Path) -> list[Change] | None:
    """Return the changes of two lists; None where they can only be shown whole."""
    old = [] if before is None else before
    new = [] if after is None else after
    if not (isinstance(old, list) and isinstance(new, list)):
        return None
    was, now = _labels(old), _labels(new)
    if was is None or now is None:
        return _numbered_changes(old, new, path)
    return _labelled_changes(was, now, path)


def _labelled_changes(old: Labels, new: Labels, path: Path) -> list[Change]:
    common = [label for label in new if label in old]
    items = {
        "added": [label for label in new if label not in old],
        "removed": [label for label in old if label not in new],
    }
    if common != [label for label in old if label in new]:
        items["order"] = list(new)
    told = {name: labels for name, labels in items.items() if labels}
    found = [Change(path, items=told)] if told else []
    for label in common:
        place, item = new[label]
        found += _changes(old[label][1], item, (*path, place))
    return found


def _numbered_changes(old: list[Any], new: list[Any], path: Path) -> list[Change] | None:
    if len(old) != len(new):
        return None
    return [
        change
        for place, (before, after) in enumerate(zip(old, new, strict=True))
        for change in _changes(before, after, (*path, place))
    ]


def _labels(items: list[Any]) -> Labels | None:
    """Return the items by what names them; None where one has no name or shares it."""
    named = {label: (place, each) for place, each in enumerate(items) if (label := _label(each))}
    return named if len(named) == len(items) else None


def _label(item: Any) -> str | None:
    found = (item,) if isinstance(item, str) else (resolve(item, path) for path in _NAMES)
    return next((n for n in found if isinstance(n, str) and 0 < len(n) <= _LONGEST_NAME), None)

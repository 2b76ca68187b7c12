"""Which keys of an answer to keep: dotted paths, through lists as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from vapi_mcp.json_paths import parse_keys

Selection: TypeAlias = "dict[str, Selection]"

EVERYTHING = "*"

_WHOLE: Selection = {}

_MOST_NAMED = 30
_LONGEST_NAME = 60


def select(value: Any, fields: Iterable[str]) -> Any:
    """Return the value with only the named keys; `*` keeps everything.

    In a list, each item is reduced. What a key does not lead to is left out.
    """
    fields = list(fields)
    return value if EVERYTHING in fields else _reduced(value, _selection(fields))


def missing(items: Iterable[Any], fields: Iterable[str]) -> list[str]:
    """Return the fields that lead to nothing in any item, as a misspelt one does."""
    root = _Step()
    ends = {path: root.end_of(path) for path in fields if path != EVERYTHING}
    for item in items if ends else ():
        root.walk(item)
    return [path for path, end in ends.items() if not end.is_reached]


def absence_note(
    what: str, items: Iterable[Any], fields: Iterable[str], quoted: Iterable[Any] | None = None
) -> str | None:
    """Return what to say of fields that lead to nothing, with the keys there are.

    what: how to speak of the items, `No item has` or the like. quoted: whose keys are named; those
    that outsiders chose are not.
    """
    items = list(items)
    absent = missing(items, fields)
    if not absent:
        return None
    shown = items if quoted is None else quoted
    keys = list(dict.fromkeys(key for item in shown if isinstance(item, dict) for key in item))
    known = f"; the keys are {_few(keys)}" if keys else ""
    return f"{what} {_few(absent)}{known}."


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMED]) + more


def _selection(fields: Iterable[str]) -> Selection:
    root: Selection = {}
    for path in fields:
        *parents, last = parse_keys(path)
        node = root
        for name in parents:
            node = node.setdefault(name, {})
            if node is _WHOLE:
                break
        else:
            # A key asked for whole is whole, whatever is asked for inside it.
            node[last] = _WHOLE
    return root


def _reduced(value: Any, selection: Selection) -> Any:
    if not selection:
        return value
    if isinstance(value, list):
        return [_reduced(item, selection) for item in value]
    if not isinstance(value, dict):
        return value
    # In the answer's own order, so that what stands together upstream stands together here.
    return {
        name: _reduced(child, selection[name]) if selection[name] else child
        for name, child in value.items()
        if name in selection
    }


@dataclass(slots=True, eq=False)
class _Step:
    """One name of fields that begin alike, and whether any item has it."""

    steps: dict[str, _Step] = field(default_factory=dict[str, "_Step"])
    is_reached: bool = False

    def end_of(self, path: str) -> _Step:
        step = self
        for name in parse_keys(path):
            if name not in step.steps:
                step.steps[name] = _Step()
            step = step.steps[name]
        return step

    def walk(self, value: Any) -> None:
        """Mark what a value leads to: each name is looked up once, however many fields share it."""
        if isinstance(value, list):
            for item in value:
                self.walk(item)
        elif isinstance(value, dict):
            for name in self.steps.keys() & value.keys():
                step = self.steps[name]
                step.is_reached = True
                if step.steps:
                    step.walk(value[name])

"""Which keys of an answer to keep: dotted paths, through lists as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from vapi_mcp.json_paths import parse_keys

Selection: TypeAlias = "dict[str, Selection]"
# The names to keep, and those of which only a part is kept.
_Rules: TypeAlias = "tuple[frozenset[str], dict[str, _Rules]]"

EVERYTHING = "*"

_WHOLE: Selection = {}


def select(value: Any, fields: Iterable[str]) -> Any:
    """Return the value with only the named keys; `*` keeps everything.

    In a list, each item is reduced. What a key does not lead to is left out.
    """
    fields = list(fields)
    is_whole = not fields or EVERYTHING in fields
    return value if is_whole else _reduced(value, _rules(_selection(fields)))


def missing(items: Iterable[Any], fields: Iterable[str]) -> list[str]:
    """Return the fields that lead to nothing in any item, as a misspelt one does."""
    root = _Step()
    ends = {path: root.end_of(path) for path in fields if path != EVERYTHING}
    for item in items if ends else ():
        root.walk(item)
    return [path for path, end in ends.items() if not end.is_reached]


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


def _rules(selection: Selection) -> _Rules:
    return frozenset(selection), {name: _rules(each) for name, each in selection.items() if each}


def _reduced(value: Any, rules: _Rules) -> Any:
    if isinstance(value, list):
        return [_reduced(item, rules) for item in value]
    if not isinstance(value, dict):
        return value
    # In the answer's own order, so that what stands together upstream stands together here.
    names, partial = rules
    if value.keys() <= names:
        kept = value.copy()
    else:
        kept = {name: child for name, child in value.items() if name in names}
    for name, inside in partial.items():
        if name in kept:
            kept[name] = _reduced(kept[name], inside)
    return kept


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

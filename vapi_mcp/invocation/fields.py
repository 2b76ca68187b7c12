"""Which keys of an answer to keep: dotted paths, through lists as well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

Selection: TypeAlias = "dict[str, Selection]"

EVERYTHING = "*"

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
    items = list(items)
    return [
        field
        for field in fields
        if field != EVERYTHING
        and not any(_leads_somewhere(item, field.split(".")) for item in items)
    ]


def absence_note(what: str, items: Iterable[Any], fields: Iterable[str]) -> str | None:
    """Return what to say of fields that lead to nothing, with the keys there are.

    what: how to speak of the items, `No item has` or the like.
    """
    items = list(items)
    absent = missing(items, fields)
    if not absent:
        return None
    keys = list(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))
    known = f"; the keys are {_few(keys)}" if keys else ""
    return f"{what} {_few(absent)}{known}."


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMED]) + more


def _selection(fields: Iterable[str]) -> Selection:
    fields = set(fields)
    root: Selection = {}
    # A key asked for whole is whole, whatever is asked for inside it.
    for field in (f for f in fields if not any(f.startswith(f"{other}.") for other in fields)):
        node = root
        for name in field.split("."):
            node = node.setdefault(name, {})
    return root


def _reduced(value: Any, selection: Selection) -> Any:
    if not selection:
        return value
    if isinstance(value, list):
        return [_reduced(item, selection) for item in value]
    if not isinstance(value, dict):
        return value
    # In the answer's own order, so that what stands together upstream stands together here.
    return {name: _reduced(value[name], selection[name]) for name in value if name in selection}


def _leads_somewhere(value: Any, path: list[str]) -> bool:
    if not path:
        return True
    if isinstance(value, list):
        return any(_leads_somewhere(item, path) for item in value)
    return (
        isinstance(value, dict) and path[0] in value and _leads_somewhere(value[path[0]], path[1:])
    )

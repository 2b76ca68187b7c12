"""The ids in an item that have names, and what of a named object is its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from vapi_mcp.invocation.result import clipped
from vapi_mcp.json_paths import MISSING, parse_keys, resolve
from vapi_mcp.specs.tools.contents import NamedId

_LONGEST_NAME = 80
_MOST_LISTED = 50
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def ids_at(item: Any, key: str) -> str | list[str | None] | None:
    """Return the id at a key, or the ids of a list on the way, None where an entry has none."""
    if not isinstance(item, dict):
        return None
    if "." not in key and isinstance(found := cast("dict[str, Any]", item).get(key), str):
        return found
    ids = _leaves(item, parse_keys(key))[:_MOST_LISTED]
    return ids if any(ids) else None


def _leaves(value: Any, path: Sequence[str]) -> list[str | None]:
    """Return the texts at a path, None for each entry of a list that leads to none."""
    for depth, name in enumerate(path):
        if isinstance(value, list):
            return _leaves_of(cast("list[Any]", value), path[depth:])
        if not isinstance(value, dict) or name not in value:
            return []
        value = value[name]
    if isinstance(value, list):
        return _leaves_of(cast("list[Any]", value), ())
    return [value if isinstance(value, str) else None]


def _leaves_of(entries: Sequence[Any], path: Sequence[str]) -> list[str | None]:
    if not path and all(isinstance(each, str) for each in entries):
        return list(entries)
    return [leaf for each in entries for leaf in _leaves(each, path) or [None]]


def distinct_ids(items: Sequence[Any], key: str, rule: NamedId) -> list[str]:
    """Return the different ids that have no name beside them yet."""
    distinct: dict[str, None] = {}
    for item in items:
        ids = ids_at(item, key)
        if ids and rule.beside not in item:
            distinct |= dict.fromkeys(each for each in _listed(ids) if each)
    return list(distinct)


def can_be_read(id_: str) -> bool:
    """Return whether a text can stand for an id in a path."""
    return _ID.fullmatch(id_) is not None


def _listed(ids: str | list[str | None]) -> list[str | None]:
    return [ids] if isinstance(ids, str) else ids


def listed_in(found: Any) -> list[Any] | None:
    """Return the items that a list answered, also those of one page; None of anything else."""
    items = cast("dict[str, Any]", found).get("results") if isinstance(found, dict) else found
    return cast("list[Any]", items) if isinstance(items, list) else None


def name_of(found: Any, rule: NamedId) -> str | None:
    """Return the name of an object, on one line and bounded."""
    values = (resolve(found, parse_keys(key)) for key in rule.keys)
    texts = (" ".join(text.split()) for text in values if isinstance(text, str))
    name = next((text for text in texts if text), None)
    return clipped(name, _LONGEST_NAME) if name else None


def named_values(found: Any, rule: NamedId) -> list[Any]:
    """Return what a condition on the name of an object looks at."""
    values = (resolve(found, parse_keys(key)) for key in rule.keys)
    return [None if value is MISSING else value for value in values]

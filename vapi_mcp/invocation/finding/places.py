"""Keys of a search that stand elsewhere in items than where they were looked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vapi_mcp.invocation.finding.search import Search
from vapi_mcp.invocation.finding.values import COMPUTED, Key
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.registry.tool import Tool


def with_places(search: Search, tool: Tool) -> Search:
    """Return a search whose keys lead to their one known place, where they lead to nothing."""
    return replace(
        search,
        conditions=tuple(replace(c, key=_placed(c.key, tool)) for c in search.conditions),
        sort=search.sort and _placed(search.sort, tool),
        count_by=tuple(_placed(key, tool) for key in search.count_by),
    )


def places_note(search: Search) -> str | None:
    """Return which keys were also taken as others."""
    keys: Iterable[Key] = (*(c.key for c in search.conditions), *search.count_by)
    keys = [*keys, *([search.sort] if search.sort else [])]
    told = dict.fromkeys(f"{key.written} as {key.place}" for key in keys if key.elsewhere)
    return f"Taken: {', '.join(told)}." if told else None


def place_in_items(written: str, tool: Tool) -> str | None:
    """Return the one place of a key that items of a list have by another spelling, or deeper."""
    path, known = parse_keys(written), tool.answer
    if written in COMPUTED or known.has(path) or not known.names(()):
        return None
    *parents, name = path
    alike = [each for each in known.names(parents) if _folded(each) == _folded(name)]
    if len(alike) == 1:
        return ".".join((*parents, alike[0]))
    places = list(known.places(name)) if not parents else []
    shallow = [each for each in places if each.count(".") == places[0].count(".")]
    return shallow[0] if len(shallow) == 1 else None


def _placed(key: Key, tool: Tool) -> Key:
    place = place_in_items(key.written, tool)
    return Key(key.written, place) if place else key


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()

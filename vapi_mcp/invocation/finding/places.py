"""Keys of a search that stand elsewhere in items than where they were looked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vapi_mcp.invocation.finding.conversation import FOUND, TURNS
from vapi_mcp.invocation.finding.search import Search
from vapi_mcp.invocation.finding.values import COMPUTED, Key
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.registry.tool import Tool

# So many fields of a call are looked for elsewhere.
MOST = 12


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


def fields_with_places(fields: Iterable[str], tool: Tool) -> tuple[list[str], str | None]:
    """Return fields with the places of those that stand elsewhere, and a note on them."""
    asked = list(fields)
    places = {each: place for each in asked[:MOST] if (place := place_in_items(each, tool))}
    told = ", ".join(f"{each} as {place}" for each, place in places.items())
    found = list(dict.fromkeys([*asked, *places.values()]))
    return found, f"Taken: {told}." if told else None


def place_in_items(written: str, tool: Tool) -> str | None:
    """Return the one place of a key that items of a list have by another spelling, or deeper."""
    path, known = parse_keys(written), tool.answer
    if is_made_here(written, tool) or known.has(path) or not known.names(()):
        return None
    *parents, name = path
    alike = [each for each in known.names(parents) if _folded(each) == _folded(name)]
    places = [".".join((*parents, each)) for each in alike]
    if not places and not parents:
        found = list(known.places(name))
        places = [each for each in found if each.count(".") == found[0].count(".")]
    # Who asks for a link that needs no key has to name it in full.
    is_link = any(parse_keys(each)[-1] in tool.spec.contents.links for each in places)
    return places[0] if len(places) == 1 and not is_link else None


def is_made_here(written: str, tool: Tool) -> bool:
    """Return whether a key of answers is no key of Vapi's: computed, a name, a quotation."""
    contents = tool.spec.contents
    beside = {each.beside for each in contents.names.values()}
    quoted = (FOUND, TURNS) if tool.spec.output.searched else ()
    return written in COMPUTED or written in beside or written in quoted


def _placed(key: Key, tool: Tool) -> Key:
    place = place_in_items(key.written, tool)
    return Key(key.written, place) if place else key


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()

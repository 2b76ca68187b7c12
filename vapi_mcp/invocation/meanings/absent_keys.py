"""Keys that were asked for and lead to nothing: where they are, or what there is instead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vapi_mcp.invocation.answers.fields import missing
from vapi_mcp.invocation.answers.paths import leads_into
from vapi_mcp.invocation.finding.places import MOST, place_in_items
from vapi_mcp.invocation.finding.values import COMPUTED
from vapi_mcp.json_paths import TextPath, parse_keys
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.nearness import near_names

_MOST_NAMED = 30
_LONGEST_NAME = 60
# So many absent keys are looked for, in so many items, at so many values of each.
_MOST_SOUGHT = 6
_MOST_ITEMS = 10
_MOST_VALUES = 500
_MOST_PLACES = 2
_NEAR_ENOUGH = 0.85
_SHORTEST_PART = 5


def absence_note(
    what: str,
    items: Iterable[Any],
    fields: Iterable[str],
    tool: Tool,
    quoted: Iterable[Any] | None = None,
) -> str | None:
    """Return what to say of fields that lead to nothing: where they are, or the keys there are.

    what: how to speak of the items, `No item has` or the like. quoted: whose keys are named; those
    that outsiders chose are not.
    """
    items, fields = list(items), list(fields)
    placed = {each for each in fields[:MOST] if place_in_items(each, tool) in fields}
    absent = [each for each in missing(items, fields) if each not in placed]
    if not absent:
        return None
    shown = [*(items if quoted is None else quoted)]
    clauses = _Absence(tool, shown).clauses(absent)
    return "; ".join([f"{what} {_few(absent)}", *clauses]) + "."


def place_of(tool: Tool, whole: Any, path: TextPath) -> str | None:
    """Return where a part is that stands elsewhere in an object than it was looked for."""
    name = path[-1] if path else ""
    places = [each for each in tool.answer.places(name) if not missing([whole], [each])]
    return f"{name} is at {' or '.join(places[:_MOST_PLACES])}" if places else None


class _Absence:
    def __init__(self, tool: Tool, shown: Sequence[Any]) -> None:
        self._known = tool.answer
        self._untrusted = tool.spec.contents.untrusted
        self._shown = shown
        self._sample = shown[:_MOST_ITEMS]

    def clauses(self, absent: Sequence[str]) -> Iterator[str]:
        unset: list[str] = []
        parents: dict[TextPath, None] = {}
        for name in absent[:_MOST_SOUGHT]:
            path = parse_keys(name)
            if self._known.has(path):
                unset.append(name)
            elif places := self._places(path[-1]):
                yield f"{name[:_LONGEST_NAME]} is at {' or '.join(places)}"
            elif near := self._near(path):
                yield f"{name[:_LONGEST_NAME]} may be {near}"
            else:
                parents[self._parent(path)] = None
        if unset:
            yield f"Vapi did not set {_few(unset)}"
        for parent in parents:
            if keys := self._keys(parent):
                of = f" of {_few(['.'.join(parent)])}" if parent else ""
                yield f"the keys{of} are {_few(keys)}"

    def _places(self, name: str) -> Sequence[str]:
        """Return where a key is: in these objects, else by the schema of the answer."""
        known = self._known.places(name)
        shallow = [each for each in known if each.count(".") == known[0].count(".")]
        here = [place for place in known if self._leads(place)]
        return (here or self._found(name) or shallow)[:_MOST_PLACES]

    def _near(self, path: TextPath) -> str | None:
        """Return the key that is written nearly like one that there is not."""
        *parents, name = path
        names = {*self._known.names(parents), *(() if parents else self._computed())}
        known = {_folded(each): each for each in sorted(names)}
        near = near_names(_folded(name), known, most=1, cutoff=_NEAR_ENOUGH)
        near = near or [each for each in known if _holds(_folded(name), each)]
        return ".".join((*parents, known[near[0]])) if near else None

    def _computed(self) -> Iterator[str]:
        """Yield the keys that are made here of what these objects have."""
        for name, make in COMPUTED.items():
            if any(isinstance(each, dict) and make(each) is not None for each in self._sample):
                yield name

    def _leads(self, place: str) -> bool:
        return not missing(self._sample, [place])

    def _found(self, name: str) -> list[str]:
        """Return where objects have a key that no schema has; not among keys of outsiders."""
        found: dict[str, None] = {}
        waiting: deque[tuple[TextPath, Any]] = deque(((), item) for item in self._sample)
        for _ in range(_MOST_VALUES):
            if not waiting or len(found) >= _MOST_PLACES:
                break
            path, value = waiting.popleft()
            if isinstance(value, list):
                waiting.extend((path, each) for each in value[:_MOST_ITEMS])
            elif isinstance(value, dict) and not leads_into(path, self._untrusted):
                if name in value:
                    found[".".join((*path, name))] = None
                waiting.extend(((*path, key), each) for key, each in value.items())
        return list(found)

    def _parent(self, path: TextPath) -> TextPath:
        """Return how far a path leads to an object."""
        depth = len(path) - 1
        while depth and not any(True for item in self._shown for _ in _at(item, path[:depth])):
            depth -= 1
        return path[:depth]

    def _keys(self, parent: TextPath) -> list[str]:
        keys = dict.fromkeys(
            key for item in self._shown for each in _at(item, parent) for key in each
        )
        if leads_into(parent, self._untrusted):
            return [key for key in keys if key in self._known.names(parent)]
        return list(keys)


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").casefold()


def _holds(name: str, known: str) -> bool:
    """Return whether a name is a known one with a few letters more: durationSeconds."""
    is_part = name.startswith(known) or name.endswith(known)
    return len(known) >= _SHORTEST_PART and is_part


def _at(value: Any, path: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects at a path, those of lists too."""
    if isinstance(value, list):
        for each in value:
            yield from _at(each, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        elif path[0] in value:
            yield from _at(value[path[0]], path[1:])


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMED]) + more

"""Links inside objects that work without a key: left out unless they are asked for by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from vapi_mcp.invocation.answers.links.link_places import (
    LinkPlaces,
    Step,
    has_url_with_query,
    is_url_with_query,
)
from vapi_mcp.invocation.answers.paths import shown_path
from vapi_mcp.invocation.answers.presigned import is_presigned
from vapi_mcp.invocation.arguments.encodable import written
from vapi_mcp.json_paths import format_keys

_DEEPEST = 100
_MOST_NAMED = 8
# The levels of an object at which the bytes of a list are looked at before a walk, if it is long.
_MOST_LOOKS = 2
_MANY = 8
_BEGINNING = 9
_FEW = 8
# Every signed URL holds one of these, in one case or another; each ends as all do.
_SIGNS = (b"sig=", b"signature=", b"token=")


class SecretLinks:
    """Takes links out of values and remembers where they were.

    tools: keys that always hold such links, and the tool that gives the same, if any. asked: dotted
    paths, without positions in lists, that were asked for by name. untrusted: dotted paths below
    which outsiders may have chosen the keys; no note quotes those.
    """

    def __init__(
        self,
        tools: Mapping[str, str | None],
        asked: Iterable[str],
        untrusted: Sequence[str] = (),
    ) -> None:
        self.found: dict[str, str | None] = {}
        self._tools = tools
        self._asked = frozenset(asked)
        self._untrusted = untrusted

    def may_be_in(self, body: bytes) -> bool:
        """Return whether JSON may hold any; a look that costs nothing against a walk."""
        lowered = body.lower()
        for sign in _SIGNS if b"=" in body else ():
            if sign in lowered:
                return True
        for begin, keys in _by_beginning(tuple(self._tools)).items():
            if begin in lowered and any(key in lowered for key in keys):
                return True
        return False

    def removed_from_items(self, items: Sequence[Any]) -> list[Any]:
        """Return items without links; where their bytes show that there are none, no walk looks."""
        # Items are alike: where the first have links, writing all of them would be for nothing.
        if not (self._may_hold(items[:_FEW]) or self._may_hold(items)):
            return list(items)
        places = LinkPlaces(self._tools)
        return [self._removed_from(item, places) for item in items]

    def _may_hold(self, items: Sequence[Any]) -> bool:
        """Return whether items may hold a link, also one with a signature in escapes."""
        raw = written(items)
        if raw is None or any(begun in raw for begun in _beginnings(tuple(self._tools))):
            return True
        return has_url_with_query(raw)

    def _removed_from(self, item: Any, places: LinkPlaces) -> Any:
        """Return an item without links, looking first where the items before it have theirs."""
        raw = written(item)
        if raw is None:
            return self.removed(item)
        if not (marks := places.marks_in(raw)):
            return item
        found = dict(self.found)
        kept, seen = self._removed_at(item, places, places.steps)
        # Several new places are to be named in the order of a walk.
        if seen == marks and len(self.found) <= len(found) + 1:
            return kept
        self.found = found
        places.learn(item)
        return self.removed(item)

    def _removed_at(
        self, value: Any, places: LinkPlaces, steps: Step, path: tuple[str, ...] = ()
    ) -> tuple[Any, int]:
        """Return a value without the links at known places, and how many marks are there."""
        if isinstance(value, list):
            return self._removed_at_items(value, places, steps, path)
        if not isinstance(value, dict):
            return value, 0
        kept, seen = value, 0
        for key in steps.keys() & value.keys():
            child = value[key]
            seen += places.is_marked(key)
            if isinstance(child, str):
                is_url = is_url_with_query(child)
                seen += is_url
                if not (is_url or key in self._tools) or not self._is_link(key, child, path):
                    continue
                kept = dict(value) if kept is value else kept
                del kept[key]
            elif steps[key]:
                inner, count = self._removed_at(child, places, steps[key], (*path, key))
                seen += count
                if inner is not child:
                    kept = dict(value) if kept is value else kept
                    kept[key] = inner
        return kept, seen

    def _removed_at_items(
        self, value: list[Any], places: LinkPlaces, steps: Step, path: tuple[str, ...]
    ) -> tuple[list[Any], int]:
        items = [self._removed_at(item, places, steps, path) for item in value]
        seen = sum(count for _, count in items)
        if all(a is b for (a, _), b in zip(items, value, strict=True)):
            return value, seen
        return [item for item, _ in items], seen

    def removed(self, value: Any, path: tuple[str, ...] = ()) -> Any:
        """Return a value without links; what has none comes back as it is."""
        if len(path) > _DEEPEST:
            return value
        if isinstance(value, list):
            is_looked_at = len(value) >= _MANY and 0 < len(path) <= _MOST_LOOKS
            is_clean = is_looked_at and not self._may_hold(value)
            return value if is_clean else self._without_in(value, path)
        return self._without(value, path) if isinstance(value, dict) else value

    def _without_in(self, value: list[Any], path: tuple[str, ...]) -> list[Any]:
        items = [
            self._without_in(item, path) if isinstance(item, list) else self.removed(item, path)
            for item in value
        ]
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value

    def _without(self, value: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        # A copy is made for the first change: most objects have no links, and there are thousands.
        kept = value
        for key, child in value.items():
            if isinstance(child, str):
                if key not in self._tools and not child.startswith("http"):
                    continue
                if not self._is_link(key, child, path):
                    continue
                kept = dict(value) if kept is value else kept
                del kept[key]
            elif isinstance(child, dict | list):
                inner = self.removed(child, (*path, key))
                if inner is not child:
                    kept = dict(value) if kept is value else kept
                    kept[key] = inner
        return kept

    def note(self, offer: Callable[[], Collection[str]]) -> str | None:
        """Return what to say of the links that were left out; offer: the tools to be named."""
        if not self.found:
            return None
        paths = list(self.found)
        more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
        offered = offer()
        tools = {tool for tool in self.found.values() if tool and tool in offered}
        files = f" The files come from {', '.join(sorted(tools))}." if tools else ""
        return (
            "Left out, because a person with the link needs no key: "
            f"{', '.join(paths[:_MOST_NAMED])}{more}.{files} To get a link, name it in full "
            "in fields."
        )

    def _is_link(self, key: str, value: str, path: tuple[str, ...]) -> bool:
        if not (key in self._tools or is_presigned(value)):
            return False
        if format_keys((*path, key)) in self._asked:
            return False
        self.found[shown_path((*path, key), self._untrusted, self._tools)] = self._tools.get(key)
        return True


@lru_cache(maxsize=64)
def _beginnings(keys: tuple[str, ...]) -> frozenset[bytes]:
    """Return how keys begin in JSON, which is the same for many of them."""
    return frozenset(f'"{key[:_BEGINNING]}'.encode() for key in keys)


@lru_cache(maxsize=64)
def _by_beginning(keys: tuple[str, ...]) -> Mapping[bytes, Sequence[bytes]]:
    """Return keys in lower case by how they begin: one search tells of all that begin alike."""
    found: dict[bytes, list[bytes]] = {}
    for key in keys:
        lowered = key.lower().encode()
        found.setdefault(lowered[:_BEGINNING], []).append(lowered)
    return found

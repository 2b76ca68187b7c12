"""Links inside objects that work without a key: left out unless they are asked for by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

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
# Our own JSON, in which a slash is never escaped.
_URL_WITH_QUERY = re.compile(rb'"https?://(?:[^"\\?]|\\.)*\?')
# Every signed URL holds one of these, in one case or another.
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
        if any(sign in lowered for sign in _SIGNS):
            return True
        begun = _by_beginning(tuple(self._tools)).items()
        return any(
            begin in lowered and any(key in lowered for key in keys) for begin, keys in begun
        )

    def removed_from_items(self, items: Sequence[Any]) -> list[Any]:
        """Return items without links; where their bytes show that there are none, no walk looks."""
        # Items are alike: where the first has links, writing all of them would be for nothing.
        may_hold = self._may_hold(items[:1]) or self._may_hold(items)
        return [self.removed(item) for item in items] if may_hold else list(items)

    def _may_hold(self, items: Sequence[Any]) -> bool:
        """Return whether items may hold a link, also one with a signature in escapes."""
        raw = written(items)
        if raw is None or _URL_WITH_QUERY.search(raw):
            return True
        return any(begun in raw for begun in _beginnings(tuple(self._tools)))

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

"""The places of links in items that are alike: what one item has, the next one has there too.

A mark is a key that ends as the keys of links do, or a URL with a query. Where the marks at known
places are as many as an item's bytes hold, there is no link anywhere else, and no walk looks.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, TypeAlias

Step: TypeAlias = "dict[str, Step]"

_URL = b'"http'


def has_url_with_query(raw: bytes) -> bool:
    """Return whether JSON of ours may hold one; texts may make it look so."""
    return _urls_in(raw, 1) > 0


class LinkPlaces:
    """Learns where items have marks."""

    def __init__(self, keys: Collection[str]) -> None:
        """Take the keys that always hold links."""
        self.steps: Step = {}
        self._ending = common_ending(tuple(keys))
        self._ends = f'{self._ending}":'.encode()

    def marks_in(self, raw: bytes) -> int:
        """Return how many marks JSON of ours holds, or more: a text may look like one."""
        return raw.count(self._ends) + _urls_in(raw)

    def is_marked(self, key: str) -> bool:
        """Return whether a key is a mark, whatever its value."""
        return key.endswith(self._ending)

    def learn(self, value: Any, steps: Step | None = None) -> None:
        """Remember all places of marks in a value."""
        steps = self.steps if steps is None else steps
        if isinstance(value, list):
            for item in value:
                self.learn(item, steps)
        elif isinstance(value, dict):
            for key, child in value.items():
                self._learn_child(key, child, steps)

    def _learn_child(self, key: str, child: Any, steps: Step) -> None:
        below: Step = {}
        if isinstance(child, dict | list):
            below = steps.get(key, below)
            self.learn(child, below)
        if below or self.is_marked(key) or (isinstance(child, str) and is_url_with_query(child)):
            steps.setdefault(key, below)


@lru_cache(maxsize=64)
def common_ending(keys: tuple[str, ...]) -> str:
    """Return how all keys end; without any, what no key ends with."""
    first = min(keys, default="\n")
    endings = (first[at:] for at in range(len(first)))
    return next((each for each in endings if all(key.endswith(each) for key in keys)), "")


def is_url_with_query(text: str) -> bool:
    """Return whether a text is one."""
    return "?" in text and text.startswith(("https://", "http://"))


def _urls_in(raw: bytes, most: int | None = None) -> int:
    """Count the URLs with a query in our own JSON, in which a slash is never escaped."""
    count = at = 0
    while (query := raw.find(b"?", at)) >= 0 and count != most:
        at, begun = query + 1, raw.rfind(_URL, at, query)
        if begun >= 0:
            end = raw.find(b'"', begun + 1)
            # What has an escape may go on after a quotation mark.
            count += end > query or raw.find(b"\\", begun, end) >= 0
            at = max(at, end)
    return count

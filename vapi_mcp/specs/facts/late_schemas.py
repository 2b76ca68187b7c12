"""The schemas of a document, each read when it is first asked for: most processes need a few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson


class LateSchemas(Mapping[str, Mapping[str, Any]]):
    """Schemas by name, over a JSON object that has one of them on each line.

    What is no JSON raises ValueError when it is read.
    """

    def __init__(self, document: bytes) -> None:
        """Raise ValueError unless the document has that form, which `specs sync` writes."""
        lines = [line for line in document.split(b"\n") if line]
        parts = [line.removesuffix(b",").partition(b": ") for line in lines[1:-1]]
        is_known = (lines[:1], lines[-1:]) == ([b"{"], [b"}"])
        if not is_known or not all(text for _, _, text in parts):
            raise ValueError("not an object with one schema on each line")
        self._unread: Mapping[str, bytes] = {orjson.loads(key): text for key, _, text in parts}
        self._read = dict[str, Mapping[str, Any]]()

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        """Return a schema, the same object each time; KeyError if there is none of that name."""
        found = self._read.get(name)
        if found is None:
            # Two threads may both read it; the first one's stays.
            found = self._read.setdefault(name, orjson.loads(self._unread[name]))
        return found

    def __iter__(self) -> Iterator[str]:
        """Yield the names, those of the document first."""
        yield from self._unread
        yield from (name for name in self._read if name not in self._unread)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._unread.keys() | self._read.keys())

    def read(self, names: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Return those of some names that there are."""
        return {name: self[name] for name in names if name in self._unread}

    def replace(self, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        """Put schemas in the place of the document's own, or beside them."""
        self._read.update(schemas)

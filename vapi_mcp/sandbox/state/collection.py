"""All objects of one kind, in list order, each with its JSON kept ready."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import orjson

JsonObject: TypeAlias = dict[str, Any]


class Collection:
    """Objects by id. An object is never changed once it is in here: it is replaced by `put`.

    That makes it safe to share nested parts between objects and to keep the JSON of each one.
    """

    def __init__(self, objects: dict[str, JsonObject]) -> None:
        self._objects = objects
        self._json: dict[str, bytes] = {}
        self._newest_first: list[JsonObject] | None = None

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[JsonObject]:
        return iter(self._objects.values())

    def __contains__(self, object_id: object) -> bool:
        return object_id in self._objects

    def get(self, object_id: str) -> JsonObject | None:
        """Return the object of an id, if there is one."""
        return self._objects.get(object_id)

    def put(self, item: JsonObject) -> None:
        """Add an object, or replace the one that has its id."""
        self._objects[item["id"]] = item
        self._forget(item["id"])

    def remove(self, object_id: str) -> None:
        """Drop an object; nothing happens when there is none."""
        self._objects.pop(object_id, None)
        self._forget(object_id)

    def newest_first(self) -> Sequence[JsonObject]:
        """Return all objects by `createdAt`, then id, both descending."""
        if self._newest_first is None:
            self._newest_first = sorted(self._objects.values(), key=creation, reverse=True)
        return self._newest_first

    def json(self, item: JsonObject) -> bytes:
        """Return the JSON of an object of this collection."""
        text = self._json.get(item["id"])
        if text is None:
            text = self._json[item["id"]] = orjson.dumps(item)
        return text

    def _forget(self, object_id: str) -> None:
        self._json.pop(object_id, None)
        self._newest_first = None


def creation(item: JsonObject) -> tuple[str, str]:
    """Return what lists are sorted by; the id settles ties, so that paging is stable."""
    return item["createdAt"], item["id"]

"""The assistants that a body leads to by their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

_TARGET, _NAME = "assistant", "assistantName"


def unknown_names(body: Any, current: Any, known: frozenset[str]) -> set[str]:
    """Return the names of assistants to hand over to that are not known.

    known: the names of those that belong. What the body defines, and what the object has now, is
    known as well.
    """
    there = {*_texts(body, "name"), *_texts(current, "name"), *_texts(current, _NAME)}
    named = (each.get(_NAME) for each in _objects(body) if each.get("type") == _TARGET)
    return {name for name in named if isinstance(name, str)} - known - there


def _texts(value: Any, key: str) -> Iterator[str]:
    found = (each.get(key) for each in _objects(value))
    return (each for each in found if isinstance(each, str))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects in JSON."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += cast("list[Any]", each)
        elif isinstance(each, dict):
            yield cast("dict[str, Any]", each)
            waiting += cast("dict[str, Any]", each).values()

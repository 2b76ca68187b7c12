"""The references to other objects in JSON, at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from vapi_mcp.invocation.belonging.kinds import FREE_FORM, REFERENCES
from vapi_mcp.invocation.belonging.ports import Reference

# A target of a transfer, and the key that names it.
_TARGET, _NAME = "assistant", "assistantName"


def references_in(value: Any) -> Iterator[tuple[str, Reference]]:
    """Yield each reference with the key that holds it; words of a user are none."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += cast("list[Any]", each)
        if not isinstance(each, dict):
            continue
        for key, inner in cast("dict[str, Any]", each).items():
            if kind := REFERENCES.get(key):
                yield from ((key, (kind, named)) for named in ids_of(inner))
            if key not in FREE_FORM:
                waiting.append(inner)


def ids_of(value: Any) -> Iterator[str]:
    """Yield the ids that a key of a reference holds, one or several, however they are packed."""
    if isinstance(value, str) and value:
        yield value
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from ids_of(each)


def pairs_in(value: Any) -> set[Reference]:
    """Return the references alone."""
    return {reference for _, reference in references_in(value)}


def holds_any(value: Any, ids: frozenset[str]) -> bool:
    """Return whether a text at any depth is one of these ids, whatever its key is."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str) and each in ids:
            return True
        if isinstance(each, list):
            waiting += cast("list[Any]", each)
        elif isinstance(each, dict):
            inner = cast("dict[str, Any]", each)
            waiting += inner.values()
            waiting += inner.keys()
    return False


def unknown_names(body: Any, current: Any, known: frozenset[str]) -> set[str]:
    """Return the names of assistants to hand over to that are not known.

    known: the names of those that belong. The assistants that a body defines, and what the object
    has now, are known as well.
    """
    there = {*_defined(body), *_defined(current), *_named(current)}
    return {*_named(body)} - known - there


def _named(value: Any) -> Iterator[str]:
    """Yield the names of targets."""
    found = (each.get(_NAME) for each in _objects(value) if each.get("type") == _TARGET)
    return (each for each in found if isinstance(each, str))


def _defined(value: Any) -> Iterator[str]:
    """Yield the names of the assistants that stand in a body themselves."""
    for each in _objects(value):
        inner = each.get(_TARGET)
        if isinstance(inner, dict) and isinstance(name := cast("Any", inner).get("name"), str):
            yield name


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

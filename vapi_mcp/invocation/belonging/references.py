"""The references to other objects in JSON, at any depth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from vapi_mcp.invocation.belonging.kinds import FREE_FORM, REFERENCES
from vapi_mcp.invocation.belonging.ports import Reference
from vapi_mcp.json_paths import Path, format_place

# A kind and a name.
Name: TypeAlias = tuple[str, str]
# The targets of a transfer by type, with the key that names one.
_NAMES = {"assistant": "assistantName", "squad": "squadName"}


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


def place_of(body: Any, reference: Reference) -> str:
    """Return the place of a reference that a body holds: `model.toolIds[1]`."""
    kind, named = reference
    waiting: list[tuple[Path, Any]] = [((), body)]
    while waiting:
        path, each = waiting.pop()
        if path and REFERENCES.get(_key(path)) == kind and each == named:
            return format_place(path)
        if isinstance(each, list):
            waiting += [((*path, at), inner) for at, inner in enumerate(cast("list[Any]", each))]
        elif isinstance(each, dict) and _key(path) not in FREE_FORM:
            inner = cast("dict[str, Any]", each)
            waiting += [((*path, key), value) for key, value in inner.items()]
    return ""


def _key(path: Path) -> str:
    """Return the last key of a path: that of a list is the key of its items."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


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


def with_links(
    found: Mapping[str, Any], owned: Collection[Reference], used: Collection[Reference]
) -> Mapping[str, Any]:
    """Return an object with the owned ones of the assistants that use it; itself if all are."""
    links = found.get("assistantIds")
    if not isinstance(links, list):
        return found
    names = cast("list[Any]", links)
    own = _among(names, "assistant", owned)
    if len(own) == len(names):
        return found
    workflows = cast("list[Any]", found.get("workflowIds"))
    others = {"workflowIds": _among(workflows, "workflow", used)} if workflows else {}
    return {**found, "assistantIds": own, **others}


def _among(names: Any, kind: str, known: Collection[Reference]) -> list[str]:
    listed = cast("list[Any]", names) if isinstance(names, list) else []
    return [each for each in listed if isinstance(each, str) and (kind, each) in known]


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


def unknown_name(body: Any, current: Any, known: Iterable[Name]) -> str | None:
    """Return the key of a target that is named and not known; None where all are.

    known: the names of what belongs. What a body defines, and what the object has now, is known as
    well.
    """
    there = {*known, *_defined(body), *_defined(current), *_named(current)}
    return next((_NAMES[kind] for kind, name in _named(body) if (kind, name) not in there), None)


def _named(value: Any) -> Iterator[Name]:
    """Yield the targets that are named."""
    for each in _objects(value):
        kind = str(each.get("type"))
        if kind in _NAMES and isinstance(name := each.get(_NAMES[kind]), str):
            yield kind, name


def _defined(value: Any) -> Iterator[Name]:
    """Yield the assistants and squads that stand in a body themselves."""
    for each in _objects(value):
        for kind in _NAMES:
            inner = each.get(kind)
            if isinstance(inner, dict) and isinstance(name := cast("Any", inner).get("name"), str):
                yield kind, name


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

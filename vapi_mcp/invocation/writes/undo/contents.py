"""The objects of a change as they are kept: JSON of a bounded size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from vapi_mcp.invocation.json_reading import exact_value
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.writes.undo.change import ObjectChange, State

# Bytes of JSON of the two objects of a change together. What is larger is kept in part.
_MOST_BYTES = 512 * 1024
# What every update changes.
STAMPS = frozenset({"updatedAt"})
# What a provider sets of its resource.
_OF_PROVIDERS = frozenset({"id", "versionId"})


def packed(change: ObjectChange) -> str:
    """Return what is sealed of a change."""
    parts = {"place": change.place, "before": change.before, "after": change.after}
    return exact_json(parts).decode()


def unpacked(change: ObjectChange, text: str | None) -> ObjectChange:
    """Return a change with its objects; without them where they cannot be opened any more."""
    if text is None:
        return replace(change, kept="unread")
    return replace(change, **exact_value(text.encode()))


def bounded(change: ObjectChange) -> ObjectChange:
    """Return a change whose objects are small enough: whole, what differs of them, or neither."""
    if _fits(change):
        return change
    part = only_changed(change)
    if part.kept == "changed" and _fits(part):
        return part
    return replace(change, kept="oversized", before=None, after=None)


def only_changed(change: ObjectChange) -> ObjectChange:
    """Return an update with the properties alone that differ; any other change as it is."""
    before, after = change.before, change.after
    if before is None or after is None:
        return change
    names = changed_names(before, after)
    return replace(
        change,
        kept="changed",
        before=_of(before, names),
        after=_of(after, names),
    )


def inner_state(place: Mapping[str, str], state: State | None) -> State | None:
    """Return what a caller sets of an object: resources of providers have it one level down."""
    held = state.get("resource") if state and "resourceName" in place else None
    if not isinstance(held, dict):
        return state
    known = cast("dict[str, Any]", held)
    return {name: value for name, value in known.items() if name not in _OF_PROVIDERS}


def changed_names(before: State, after: State) -> list[str]:
    """Return the properties that differ between two states; null counts as absent."""
    names = dict.fromkeys((*before, *after))
    return [n for n in names if n not in STAMPS and before.get(n) != after.get(n)]


def _of(state: State, names: list[str]) -> Mapping[str, Any]:
    return {name: state[name] for name in names if name in state}


def _fits(change: ObjectChange) -> bool:
    return len(packed(change)) <= _MOST_BYTES

"""A change as JSON: what it was, a diff by path, and the object before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from vapi_mcp.audit.arguments import is_secret
from vapi_mcp.invocation.answers.links.secret_links import SecretLinks
from vapi_mcp.invocation.writes.changes.comparison import compared
from vapi_mcp.invocation.writes.undo.change import ObjectChange, State
from vapi_mcp.json_paths import Path
from vapi_mcp.registry.registry import Registry
from vapi_mcp.rfc3339 import write_moment
from vapi_mcp.security.redaction import STARS, kind_of

_LONGEST_VALUE = 300


def shown_head(change: ObjectChange) -> dict[str, Any]:
    """Return what a change was, without its objects and without whose it is."""
    return {
        "id": change.id,
        "created_at": write_moment(change.created_at),
        "expires_at": write_moment(change.expires_at),
        "tool_name": change.tool,
        "effect": change.effect,
        "resource": change.resource,
        "upstream_id": change.object_id,
        "kept": change.kept,
        "outcome": change.outcome,
        "restores": change.restores,
        "restored_by": change.restored_by,
    }


def shown_states(change: ObjectChange, registry: Registry) -> dict[str, Any]:
    """Return the objects of a change and what differs, with stars for secrets.

    Only an update has differences to tell. Links that work without a key are left out.
    """
    before = _without_links(change, change.before, registry)
    after = _without_links(change, change.after, registry)
    return {
        "diff": [] if before is None or after is None else _differences(before, after),
        "before": _starred(before),
        "after": _starred(after),
    }


def _differences(before: State, after: State) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for each in compared(before, after):
        hidden = replace(each, before=_at(each.path, each.before), after=_at(each.path, each.after))
        told.append(hidden.shown(_LONGEST_VALUE))
    return told


def _without_links(change: ObjectChange, state: State | None, registry: Registry) -> Any:
    tool = registry.tools.get(change.tool)
    if state is None or tool is None:
        return None
    contents = tool.spec.contents
    return SecretLinks(contents.links, (), contents.untrusted).removed(state)


def _at(path: Path, value: Any) -> Any:
    """Return the value at a path, with stars where the path or a name in it says secret."""
    kinds = [kind_of(step) for step in path if isinstance(step, str)]
    is_count = isinstance(value, int | float) and kinds[-1].count
    if value is not None and any(kind.secret for kind in kinds) and not is_count:
        return STARS
    return _starred(value, headers=any(kind.headers for kind in kinds))


def _starred(value: Any, *, headers: bool = False) -> Any:
    """Return a value with stars for what stands under names that say secret, or in headers."""
    if isinstance(value, list):
        return [_starred(each, headers=headers) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return STARS if headers and value is not None else value
    known = cast("Mapping[str, Any]", value)
    return {
        name: STARS
        if each is not None and is_secret(name, known)
        else _starred(each, headers=headers or kind_of(name).headers)
        for name, each in known.items()
    }

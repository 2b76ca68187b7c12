"""Two states of one nested object: what the new one would lose of the saved, and both in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from vapi_mcp.json_paths import Path
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.validation import Violation, check_value, choose_variant

Object = dict[str, Any]


def losses(facts: Facts, schema: Schema, saved: Object, sent: Object) -> Iterator[tuple[Path, Any]]:
    """Yield what stands in a saved object and not in the one sent, with its path.

    What has no room in the new object is no loss: another voice provider has other settings.
    """
    room = _Room(facts, schema, saved, sent)
    for name, value in saved.items():
        if value in (None, "", [], {}):
            continue
        if name not in sent:
            if room.has(name, value):
                yield (name,), value
        elif isinstance(value, dict) and isinstance(sent[name], dict):
            for path, lost in losses(facts, room.below(name), cast("Object", value), sent[name]):
                yield (name, *path), lost


def merged(facts: Facts, schema: Schema, saved: Object, sent: Object) -> Object:
    """Return the saved object with the one sent laid over it, object by object.

    Lists are taken as sent; a null takes the saved value out. Saved values without room in the
    new object go.
    """
    room = _Room(facts, schema, saved, sent)
    result = {name: value for name, value in saved.items() if name in sent or room.has(name, value)}
    for name, value in sent.items():
        before = saved.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(before, dict):
            below = cast("Object", value)
            result[name] = merged(facts, room.below(name), cast("Object", before), below)
        else:
            result[name] = value
    return result


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the places where two values differ, as deep as both are objects; absent is None."""
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast("Object", before), cast("Object", after)
        for name in old | new:
            yield from differences(old.get(name), new.get(name), (*path, name))
    elif before != after:
        yield path, before, after


class _Room:
    """What an object that is sent has room for, as the facts know it."""

    def __init__(self, facts: Facts, schema: Schema, saved: Object, sent: Object) -> None:
        self._facts = facts
        self._now = _meant(facts, schema, {**saved, **sent})
        self._is_same_kind = self._now == _meant(facts, schema, saved)

    def has(self, name: str, value: Any) -> bool:
        # Of the same kind, it may hold what the facts do not know yet.
        if self._is_same_kind:
            return True
        declared = self._now.get("properties", {}).get(name)
        return declared is not None and not any(
            finding.rule == "enum" for finding in check_value(self._facts, declared, value)
        )

    def below(self, name: str) -> Schema:
        return self._now.get("properties", {}).get(name, {})


def _meant(facts: Facts, schema: Schema, value: Mapping[str, Any]) -> Schema:
    found = choose_variant(facts, schema, value)
    return {} if isinstance(found, Violation) else found

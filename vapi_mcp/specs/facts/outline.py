"""A schema drawn as deep as its answer may be long, with paths where it goes on.

Real bodies nest without end (a hook of an assistant may hold an assistant), so no drawing is
complete. A part that is not drawn has a `path`: draw that to see it, with one of `choices` in the
place of the word where there are several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from vapi_mcp.json_paths import below, format_choice
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.unions import is_union, labelled_members

# A look ahead: what lies deeper is asked for by path.
_DEEPEST = 4
# What an error shows of a part, in bytes.
_GLIMPSE = 800
# A longer list of values is drawn where it is asked for, elsewhere a few of it.
_FEW_VALUES = 12
_EXAMPLES = 3
_CHOICE = re.compile(r"\[[^\]]*\]")
_PLAIN = ("type", "format", "nullable", "default", "deprecated")
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def outline(
    facts: Facts, schema: Schema, path: str, *, words: Mapping[str, str], most: int
) -> dict[str, Any]:
    """Return a schema without references, in about `most` bytes of JSON.

    One level is always drawn, more as far as they fit. path: where the schema is; the paths
    inside begin with it. words: what parts mean, by dotted path. The members of a union stand
    under `oneOf`, or by label under `choices`.
    """
    resolved = facts.resolve(schema)
    if values := _values(resolved):
        return {**_plain(resolved), **_fitting(values, most)}
    drawing = _Drawing(facts, words)
    drawn = drawing.draw(schema, path, 1)
    for depth in range(2, _DEEPEST + 1):
        deeper = drawing.draw(schema, path, depth)
        if len(orjson.dumps(deeper)) > most:
            break
        drawn = deeper
    return drawn


def glimpse(facts: Facts, schema: Schema, path: str, *, most: int = _GLIMPSE) -> dict[str, Any]:
    """Return a schema as `outline` does where that is short, else its kind and its path."""
    drawn = outline(facts, schema, path, words={}, most=most)
    if len(orjson.dumps(drawn)) <= most:
        return drawn
    kinds = sorted({str(each.get("type", "object")) for each in facts.variants(schema)})
    return {"type": " or ".join(kinds), "path": path}


def choices(members: Iterable[str], path: str) -> dict[str, Any]:
    """Return what a drawing says of a union of which nothing is drawn but the labels."""
    return {"path": format_choice(path, "choice"), "choices": list(members)}


@dataclass(frozen=True, slots=True)
class _Drawing:
    facts: Facts
    words: Mapping[str, str]

    def draw(self, schema: Schema, path: str, depth: int) -> dict[str, Any]:
        resolved = self.facts.resolve(schema)
        plain = _plain(resolved)
        if is_union(resolved):
            return {**plain, **self._union(resolved, path, depth)}
        if resolved.get("type") == "array":
            return {**plain, **self._array(resolved, path, depth)}
        if resolved.get("properties") or _others(resolved):
            return {**plain, **self._object(resolved, path, depth)}
        return {**plain, **_few(_values(resolved), path)}

    def _union(self, resolved: Schema, path: str, depth: int) -> dict[str, Any]:
        members = labelled_members(self.facts, resolved)
        if len(members) == 1:
            return self.draw(next(iter(members.values())), path, depth)
        if depth == 0:
            return {"type": f"one of {len(members)}", "path": path}
        drawn = [
            self.draw(each, format_choice(path, label), depth - 1)
            for label, each in members.items()
        ]
        if all("path" in each for each in drawn):
            return choices(members, path)
        return {"oneOf": drawn}

    def _array(self, resolved: Schema, path: str, depth: int) -> dict[str, Any]:
        items = self.draw(resolved.get("items", {}), format_choice(path, ""), max(depth - 1, 0))
        return {"path": path} if depth == 0 and "path" in items else {"items": items}

    def _object(self, resolved: Schema, path: str, depth: int) -> dict[str, Any]:
        if depth == 0:
            return {"path": path}
        shape: dict[str, Any] = {}
        properties: Mapping[str, Schema] = resolved.get("properties", {})
        if properties:
            shape["properties"] = {
                name: self._property(part, below(path, name), depth - 1)
                for name, part in properties.items()
            }
        if others := _others(resolved):
            shape["additionalProperties"] = self.draw(others, f"{path}.*", depth - 1)
        if required := [name for name in resolved.get("required", ()) if name in properties]:
            shape["required"] = required
        return shape

    def _property(self, part: Schema, path: str, depth: int) -> dict[str, Any]:
        meaning = self.words.get(_CHOICE.sub("", path).lstrip("."))
        shape = self.draw(part, path, depth)
        return {**shape, "description": meaning} if meaning else shape


def _plain(resolved: Schema) -> dict[str, Any]:
    return {key: value for key, value in resolved.items() if key in (*_PLAIN, *_BOUNDS)}


def _others(resolved: Schema) -> Schema | None:
    """Return what properties without a declared name have to be."""
    others = resolved.get("additionalProperties")
    return others if isinstance(others, Mapping) and others else None


def _values(resolved: Schema) -> Sequence[Any]:
    # An array repeats the values of its items.
    return () if resolved.get("type") == "array" else resolved.get("enum", ())


def _few(values: Sequence[Any], path: str) -> dict[str, Any]:
    if len(values) <= _FEW_VALUES:
        return {"enum": values} if values else {}
    return {"examples": values[:_EXAMPLES], "path": path}


def _fitting(values: Sequence[Any], most: int) -> dict[str, Any]:
    """Return all values, or as many as fit and how many there are."""
    fitting = list(values)
    while len(orjson.dumps(fitting)) > most:
        fitting.pop()
    if len(fitting) == len(values):
        return {"enum": fitting}
    return {"examples": fitting, "number_of_values": len(values)}

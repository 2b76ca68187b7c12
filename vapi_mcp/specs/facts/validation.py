"""A JSON value against the facts: what the API would say about it, as findings.

One walk serves both sides: the tools warn with it, the simulated Vapi refuses with it.
It never rejects by itself; every finding says where, by which rule, and what was expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from vapi_mcp.json_paths import Path, format_place
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.unions import allowed_values

Rule: TypeAlias = Literal["unknown", "required", "type", "enum", "limit"]

# Deeper than any real body; a hostile one must not exhaust the stack.
_DEEPEST = 64

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing the API would object to.

    `expected` depends on the rule: unknown, the known names; required, the schema of what is
    missing; type, the type's name; enum, the allowed values; limit, `(keyword, bound)`.
    """

    rule: Rule
    path: Path
    expected: Any
    value: Any = None

    @property
    def place(self) -> str:
        """The path as people write it: `model.messages[0].role`."""
        return format_place(self.path)


def check_value(facts: Facts, schema: Schema, value: Any, path: Path = ()) -> list[Violation]:
    """Return what is wrong with a value, outermost first; an empty list means nothing.

    Regular expressions and formats of the facts are not applied: they are written for another
    language, and some refuse Vapi's own examples.
    """
    return list(_check(facts, schema, value, path))


def objects_in(
    facts: Facts, schema: Schema, value: Any, path: Path = ()
) -> Iterator[tuple[Path, Schema, dict[str, Any]]]:
    """Yield every object inside a value with its path and the schema it is meant to follow."""
    schema = facts.resolve(schema)
    if isinstance(value, list) and len(path) <= _DEEPEST:
        members = [v for v in facts.variants(schema) if v.get("type") == "array" and "items" in v]
        for index, item in enumerate(cast("list[Any]", value) if members else ()):
            yield from objects_in(facts, members[0]["items"], item, (*path, index))
    if not isinstance(value, dict) or len(path) > _DEEPEST:
        return
    known = cast("dict[str, Any]", value)
    meant = choose_variant(facts, schema, known)
    if isinstance(meant, Violation):
        return
    yield path, meant, known
    properties = meant.get("properties", {})
    for name in known.keys() & properties.keys():
        yield from objects_in(facts, properties[name], known[name], (*path, name))


def matches_type(schema: Schema, value: Any) -> bool:
    """Return whether a value has the JSON type a resolved schema names (any, if it names none)."""
    named = schema.get("type")
    if named is None:
        return True
    if value is None:
        return bool(schema.get("nullable"))
    if isinstance(value, bool):
        return named == "boolean"
    if named == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[named])


def _check(facts: Facts, schema: Schema, value: Any, path: Path) -> Iterator[Violation]:
    if len(path) > _DEEPEST:
        return
    schema = facts.resolve(schema)
    if value is None and schema.get("nullable"):
        return
    if "oneOf" in schema or "anyOf" in schema:
        yield from _check_union(facts, schema, value, path)
        return
    if "allOf" in schema:
        schema = _merged(facts, schema)
    if not matches_type(schema, value):
        yield Violation("type", path, schema["type"] if value is not None else "not null", value)
        return
    yield from _check_limits(schema, value, path)
    if isinstance(value, dict):
        yield from _check_object(facts, schema, cast("dict[str, Any]", value), path)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _check(facts, schema["items"], item, (*path, index))


def _check_object(
    facts: Facts, schema: Schema, value: dict[str, Any], path: Path
) -> Iterator[Violation]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield Violation("required", (*path, name), properties.get(name, {}))
    extra = schema.get("additionalProperties", not properties)
    known = sorted(properties) if not extra else []
    for name, item in value.items():
        if name in properties:
            yield from _check(facts, properties[name], item, (*path, name))
        elif isinstance(extra, Mapping):
            yield from _check(facts, cast("Schema", extra), item, (*path, name))
        elif not extra:
            yield Violation("unknown", (*path, name), known, item)


def _check_limits(schema: Schema, value: Any, path: Path) -> Iterator[Violation]:
    allowed = schema.get("enum")
    if allowed and not isinstance(value, list) and not _is_among(value, allowed):
        yield Violation("enum", path, allowed, value)
    size = len(cast("list[Any]", value)) if isinstance(value, str | list) else value
    kind = {str: "Length", list: "Items"}.get(type(value), "imum")
    if isinstance(value, bool | dict):
        return
    low, high = schema.get(f"min{kind}"), schema.get(f"max{kind}")
    if low is not None and size < low:
        yield Violation("limit", path, (f"min{kind}", low), value)
    if high is not None and size > high:
        yield Violation("limit", path, (f"max{kind}", high), value)


def _is_among(value: Any, allowed: Sequence[Any]) -> bool:
    """Return whether a value is allowed; `outputs[OutputID]` stands for any id in the brackets."""
    if value in allowed:
        return True
    return isinstance(value, str) and any(
        value.startswith(template.partition("[")[0] + "[") and value.endswith("]")
        for template in allowed
        if isinstance(template, str) and template.endswith("]")
    )


def _check_union(facts: Facts, schema: Schema, value: Any, path: Path) -> Iterator[Violation]:
    members = [v for v in facts.variants(schema) if matches_type(v, value)]
    if not members:
        names = sorted({str(v.get("type", "value")) for v in facts.variants(schema)})
        yield Violation("type", path, " or ".join(names), value)
        return
    if isinstance(value, dict):
        found = choose_variant(facts, schema, cast("dict[str, Any]", value))
        if isinstance(found, Violation):
            yield Violation(found.rule, (*path, *found.path), found.expected, found.value)
            return
        for finding in _check(facts, found, value, path):
            is_own = finding.rule == "required" and len(finding.path) == len(path) + 1
            yield _of_all(facts, members, finding) if is_own else finding
        return
    # Scalars and arrays: the member with the least to object to speaks for all.
    yield from min((check_value(facts, member, value, path) for member in members), key=len)


def _of_all(facts: Facts, members: list[Schema], finding: Violation) -> Violation:
    """Return a missing property with the values that all members allow, as the tag of a union."""
    name = str(finding.path[-1])
    if not all(allowed_values(facts, member, name) for member in members):
        return finding
    allowed = sorted(_tag_values(facts, members, name))
    return Violation("required", finding.path, {**finding.expected, "enum": allowed})


def choose_variant(facts: Facts, schema: Schema, value: Mapping[str, Any]) -> Schema | Violation:
    """Return the member of a union that an object means, or the finding that none is meant.

    The discriminator decides, or any property that has one single allowed value; among what is
    left, the member that knows most of the object's keys.
    """
    candidates = [v for v in facts.variants(schema) if v.get("type", "object") == "object"]
    if not candidates:
        return Violation("type", (), "no object", value)
    tag = (facts.resolve(schema).get("discriminator") or {}).get("propertyName")
    if tag and tag in value:
        kept = [v for v in candidates if _allows(facts, v, tag, value[tag])]
        if not kept:
            return Violation(
                "enum", (tag,), sorted(_tag_values(facts, candidates, tag)), value[tag]
            )
        candidates = kept
    for name in _telling(facts, candidates, value):
        kept = [v for v in candidates if _allows(facts, v, name, value[name])]
        if not kept:
            return Violation(
                "enum", (name,), sorted(_tag_values(facts, candidates, name)), value[name]
            )
        candidates = kept
    agreeing = [v for v in candidates if _agrees(facts, v, value)]
    return min(agreeing or candidates, key=lambda v: _strangeness(facts, v, value))


def _telling(facts: Facts, candidates: list[Schema], value: Mapping[str, Any]) -> list[str]:
    """Return the given properties by which all candidates are told apart, as `on` of hooks."""
    if len(candidates) == 1:
        return []
    shared = set[str].intersection(*(set(v.get("properties", ())) for v in candidates))
    return [
        name
        for name in value
        if name in shared
        and (_tells(facts, candidates, name) or _is_strange(facts, candidates, name, value[name]))
    ]


def _tells(facts: Facts, candidates: list[Schema], name: str) -> bool:
    lists = [allowed_values(facts, variant, name) for variant in candidates]
    sizes = [len(allowed) for allowed in lists]
    return all(sizes) and (max(sizes) == 1 or sum(sizes) == len(set().union(*lists)))


def _is_strange(facts: Facts, candidates: list[Schema], name: str, value: Any) -> bool:
    """Return whether all candidates require a property and none has this value: a newer kind."""
    return all(name in each.get("required", ()) for each in candidates) and not any(
        _allows(facts, each, name, value) for each in candidates
    )


def _allows(facts: Facts, variant: Schema, name: str, value: Any) -> bool:
    allowed = allowed_values(facts, variant, name)
    return not allowed or _is_among(value, allowed)


def _agrees(facts: Facts, variant: Schema, value: Mapping[str, Any]) -> bool:
    """Return whether every one-valued property of the variant has that value, where it is given."""
    return all(
        _is_among(value[name], allowed)
        for name in variant.get("properties", {})
        if name in value and len(allowed := allowed_values(facts, variant, name)) == 1
    )


def _tag_values(facts: Facts, variants: list[Schema], tag: str) -> set[str]:
    return {value for variant in variants for value in allowed_values(facts, variant, tag)}


def _strangeness(facts: Facts, variant: Schema, value: Mapping[str, Any]) -> tuple[int, int]:
    """Count what speaks against a variant: unknown or missing names, then values at first sight.

    Only the first level is looked at, so that unions inside unions stay cheap.
    """
    properties = variant.get("properties", {})
    unknown = sum(name not in properties for name in value) if properties else 0
    missing = sum(name not in value for name in variant.get("required", ()))
    odd = sum(not _may_hold(facts, properties[n], v) for n, v in value.items() if n in properties)
    return unknown + missing, odd


def _may_hold(facts: Facts, schema: Schema, value: Any) -> bool:
    return any(
        matches_type(variant, value)
        and (isinstance(value, list) or _is_among(value, variant.get("enum") or [value]))
        for variant in facts.variants(schema)
    )


def _merged(facts: Facts, schema: Schema) -> Schema:
    merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for member in schema["allOf"]:
        for key, value in facts.resolve(member).items():
            if key == "properties":
                merged[key] = {**merged.get(key, {}), **value}
            elif key == "required":
                merged[key] = sorted({*merged.get(key, ()), *value})
            else:
                merged.setdefault(key, value)
    return merged

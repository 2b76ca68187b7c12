"""The arguments a tool takes: where each one goes upstream, and what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vapi_mcp.specs.facts.facts import Facts, Operation, Schema
from vapi_mcp.specs.tools.own import operation_of
from vapi_mcp.specs.tools.toolspec import ToolSpec

Place: TypeAlias = Literal["path", "query", "body", "control"]

# Page numbers belong to the cursor: a client passes none.
_OWNED_BY_CURSORS = frozenset({"page"})

# Arguments of ours that Vapi never sees.
LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": 1000}
NEXT_CURSOR: Schema = {"type": "string"}
_FIELD: Schema = {"type": "string", "maxLength": 200}
FIELDS: Schema = {"type": "array", "maxItems": 100, "items": _FIELD}
_TEXT: Schema = {"type": "string"}
# What a list is searched for.
WHERE: Schema = {"type": "object"}
SORT: Schema = _TEXT
COUNT_BY: Schema = {"type": "array", "maxItems": 2, "items": _FIELD}
# Which part of an object an answer holds.
_PART: dict[str, Schema] = {
    "part": _TEXT,
    "range": _TEXT,
    "speaker": {"type": "string", "enum": ["user", "assistant", "system", "tool"]},
    "search": _TEXT,
}
# What an update does with the objects it is sent: lay them over the saved ones, or not.
NESTED: Schema = {"type": "string", "enum": ["merge", "replace"]}
# Which properties an update empties: a null stands for what was left out.
CLEAR: Schema = {"type": "array", "items": {"type": "string"}}
# What makes a write safe. A code is shown only where a server asks for one.
DRY_RUN: Schema = {"type": "boolean"}
IDEMPOTENCY_KEY: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
# Taken and not shown: a refusal names it.
UNDERSTOOD: Schema = {"type": "boolean"}
CONFIRMATION_CODE: Schema = {"type": "string", "minLength": 1, "maxLength": 255}

# What of an artifact an answer holds, and which lines of a log.
_MEDIA: dict[str, Schema] = {"inline": {"type": "boolean"}}
_LOG: dict[str, Schema] = {
    "level": {"type": "string"},
    "since": {"type": "string", "format": "date-time"},
    "until": {"type": "string", "format": "date-time"},
    "search": {"type": "string", "minLength": 1, "maxLength": 200},
    "next_cursor": NEXT_CURSOR,
}

# Whether an answer says what its endedReason means and what to do.
EXPLAIN: Schema = {"type": "boolean"}

# How a file is given: one of text, base64 and path (the last where the server is local).
FILE_SOURCES = ("text", "base64", "path")


@dataclass(frozen=True, slots=True)
class Argument:
    """One top-level argument: its name here, its name upstream, its place and its schema."""

    name: str
    upstream: str
    place: Place
    schema: Schema
    required: bool = False


def arguments_of(spec: ToolSpec, facts: Facts, *, local_files: bool) -> Mapping[str, Argument]:
    """Return every argument a tool accepts, shown or not, by name.

    Body properties of a union are those of all its variants; one is required when every
    variant requires it and the spec has no default for it.
    """
    operation = operation_of(spec, facts)
    names = {upstream: name for name, upstream in spec.rename.items()}
    found = [
        *_path_arguments(operation),
        *_body_arguments(spec, operation, facts, local_files=local_files),
        *_query_arguments(operation),
        *_control_arguments(spec, local_files=local_files),
    ]
    renamed = [
        Argument(names.get(a.name, a.name), a.upstream, a.place, a.schema, a.required)
        for a in found
    ]
    if spec.effect == "update" and any(_is_object(a, facts) for a in found if a.place == "body"):
        renamed.append(Argument("nested", "nested", "control", NESTED))
    if spec.effect == "update" and operation.body is not None:
        renamed.append(Argument("clear", "clear", "control", CLEAR))
    return {argument.name: argument for argument in renamed}


def is_kept(spec: ToolSpec, argument: Argument) -> bool:
    """Return whether an update may leave out what Vapi requires: the saved value is sent back."""
    return spec.effect == "update" and argument.place == "body" and argument.required


def _is_object(argument: Argument, facts: Facts) -> bool:
    return any(variant.get("type") == "object" for variant in facts.variants(argument.schema))


def _path_arguments(operation: Operation) -> list[Argument]:
    return [
        Argument(name, name, "path", schema, required=True)
        for name, schema in operation.path_parameters.items()
    ]


def _query_arguments(operation: Operation) -> list[Argument]:
    return [
        Argument(name, name, "query", schema, required=name in operation.required_query)
        for name, schema in operation.query.items()
        if name not in _OWNED_BY_CURSORS and name != "limit"
    ]


def _body_arguments(
    spec: ToolSpec, operation: Operation, facts: Facts, *, local_files: bool
) -> list[Argument]:
    if operation.body is None:
        return []
    variants = facts.variants(operation.body.schema)
    required = set.intersection(*(set(v.get("required", ())) for v in variants))
    properties: dict[str, list[Schema]] = {}
    for variant in variants:
        for name, schema in variant.get("properties", {}).items():
            properties.setdefault(name, []).append(schema)
    arguments = [
        Argument(name, name, "body", united(schemas), name in required - spec.defaults.keys())
        for name, schemas in properties.items()
    ]
    if operation.body.content_type == "multipart/form-data":
        arguments = _file_arguments(arguments, local_files=local_files)
    return arguments


def united(schemas: list[Schema]) -> Schema:
    """Return one schema for a property that several members of a union declare."""
    distinct = [s for index, s in enumerate(schemas) if s not in schemas[:index]]
    if len(distinct) == 1:
        return distinct[0]
    values = [value for schema in distinct for value in schema.get("enum", ())]
    if values and all(schema.get("enum") for schema in distinct):
        return {"type": distinct[0].get("type"), "enum": list(dict.fromkeys(values))}
    return {"oneOf": distinct}


def _file_arguments(arguments: list[Argument], *, local_files: bool) -> list[Argument]:
    """Put the ways of giving a file in the place of the one binary property."""
    sources = FILE_SOURCES if local_files else FILE_SOURCES[:-1]
    given = [Argument(name, name, "control", _TEXT) for name in ("file_name", *sources)]
    rest = [
        Argument(
            a.name, a.upstream, a.place, {"type": "object"} if a.name == "metadata" else a.schema
        )
        for a in arguments
        if a.schema.get("format") != "binary"
    ]
    return given + rest


def _control_arguments(spec: ToolSpec, *, local_files: bool) -> list[Argument]:
    controls: dict[str, Schema] = {}
    if spec.output.kind == "list":
        controls |= {"limit": LIMIT, "next_cursor": NEXT_CURSOR}
        controls |= {"where": WHERE, "sort": SORT, "count_by": COUNT_BY}
        if spec.output.searched:
            controls |= {"search": _TEXT, "speaker": _PART["speaker"]}
    answers_objects = spec.method == "get" or (spec.effect in ("update", "delete") and not spec.own)
    if spec.output.kind == "list" or answers_objects:
        controls["fields"] = FIELDS
    if spec.output.kind == "object" and spec.effect == "read":
        controls |= _PART
    if spec.resource == "calls" and spec.effect == "read":
        controls["explain"] = EXPLAIN
    if spec.output.kind == "artifact":
        controls |= _MEDIA
        controls |= _LOG if spec.output.holds == "log" else {}
        controls |= {"save_to": _TEXT} if local_files else {}
    if spec.effect in ("create", "act"):
        controls["idempotency_key"] = IDEMPOTENCY_KEY
    if spec.effect != "read":
        controls |= {"dry_run": DRY_RUN, "confirmation_code": CONFIRMATION_CODE}
        controls["understood"] = UNDERSTOOD
    return [Argument(name, name, "control", schema) for name, schema in controls.items()]

"""The input schema a client sees: flat, small, and inside the subset every client accepts.

Types, enums and requirements come from the facts, words from the specs. Nothing here uses a
keyword that some client refuses (`docs/decisions/0002-client-subset.md` lists them).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.errors import SpecError
from vapi_mcp.json_paths import parse_keys, with_parents
from vapi_mcp.registry.arguments import FILE_SOURCES, Argument, is_kept
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.tools.toolspec import ToolSpec

_MOST_ENUM_VALUES = 16
_FILE_ARGUMENTS = ("file_name", *FILE_SOURCES)
# The others, and those by updatedAt, are taken too; they are rare, and would cost 1,300 tokens.
_DATES = ("createdAtGe", "createdAtLt")
# Shown on every list that has them, so that no resource file has to repeat them.
_SEARCH = ("where", "sort", "count_by")
_LIST_ARGUMENTS = (*_DATES, *_SEARCH, "limit", "next_cursor", "fields")
# Shown on every artifact that has them; a video is never part of an answer.
_MEDIA_ARGUMENTS = ("inline", "level", "since", "until", "search", "next_cursor", "save_to")
_VIDEO_ARGUMENTS = ("save_to",)
# Shown on every write that has them; a deletion takes dry_run too, but has little to try.
_WRITE_ARGUMENTS = ("clear", "nested", "idempotency_key", "dry_run")


def input_schema(spec: ToolSpec, arguments: Mapping[str, Argument], facts: Facts) -> dict[str, Any]:
    """Return the JSON Schema of a tool's shown arguments.

    Raises:
        SpecError: The spec shows what the operation does not have, or has no words for it.
    """
    return _Builder(spec, arguments, facts).build()


def shown_paths(spec: ToolSpec, arguments: Mapping[str, Argument]) -> list[str]:
    """Return what the schema shows, in order: dotted paths, parents before children."""
    path = [a.name for a in arguments.values() if a.place == "path"]
    required = [a.name for a in arguments.values() if a.required]
    files = [name for name in _FILE_ARGUMENTS if name in arguments and _is_control(arguments, name)]
    controls = [name for name in _controls(spec) if name in arguments]
    asked = [*path, *required, *files, *spec.body, *spec.query, *controls]
    return list(dict.fromkeys(parent for each in asked for parent in with_parents(each)))


def _controls(spec: ToolSpec) -> tuple[str, ...]:
    if spec.output.kind == "artifact":
        is_video = spec.operation.endswith("/video-recording")
        return _VIDEO_ARGUMENTS if is_video else _MEDIA_ARGUMENTS
    if spec.effect in ("create", "update", "act"):
        return _WRITE_ARGUMENTS
    return _LIST_ARGUMENTS if spec.method in ("list", "get") else ()


def _is_control(arguments: Mapping[str, Argument], name: str) -> bool:
    return arguments[name].place == "control"


class _Builder:
    def __init__(self, spec: ToolSpec, arguments: Mapping[str, Argument], facts: Facts) -> None:
        self._spec = spec
        self._arguments = arguments
        self._facts = facts
        self._paths = shown_paths(spec, arguments)

    def build(self) -> dict[str, Any]:
        names = [path for path in self._paths if "." not in path]
        properties = {name: self._property(name, self._argument(name).schema) for name in names}
        required = [name for name in names if self._is_required(name)]
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        return {**schema, "required": required} if required else schema

    def _is_required(self, name: str) -> bool:
        """Return whether calls need an argument; of many ids, the first one stands for `id`."""
        argument = self._arguments[name]
        is_first_of_many = name == "id" and "ids" in self._arguments
        return argument.required and not is_first_of_many and not is_kept(self._spec, argument)

    def _argument(self, name: str) -> Argument:
        try:
            return self._arguments[name]
        except KeyError:
            raise SpecError(f"{self._spec.name}: the operation has no argument {name!r}") from None

    def _property(self, path: str, schema: Schema) -> dict[str, Any]:
        shown = self._shape(path, self._facts.resolve(schema))
        return {**shown, "description": self._words(path)}

    def _words(self, path: str) -> str:
        try:
            return self._spec.words[path]
        except KeyError:
            raise SpecError(f"{self._spec.name}: no words say what {path!r} means") from None

    def _shape(self, path: str, schema: Schema) -> dict[str, Any]:
        kind = self._kind(path, schema)
        if kind == "array":
            return {"type": "array", "items": self._items(path, schema)}
        if kind == "object":
            return self._object(path, schema)
        shape: dict[str, Any] = {"type": kind}
        if kind == "string" and (values := self._enum(schema)):
            shape["enum"] = values
        return shape

    def _kind(self, path: str, schema: Schema) -> str:
        """Return one JSON type: an object wins over a word, text over an array of messages."""
        kinds = {str(variant.get("type")) for variant in self._facts.variants(schema)} - {"None"}
        if not kinds:
            return "object"
        if len(kinds) == 1:
            return kinds.pop()
        for winner in ("object", "string"):
            if winner in kinds:
                return winner
        raise SpecError(f"{self._spec.name}: {path!r} has no single type ({', '.join(kinds)})")

    def _enum(self, schema: Schema) -> list[str]:
        variants = self._facts.variants(schema)
        if not all(variant.get("enum") for variant in variants):
            return []
        values = list(dict.fromkeys(v for variant in variants for v in variant["enum"] if v))
        # "structuredOutputs[OutputID]" is a pattern to fill in, so its enum is not closed.
        is_closed = not any("[" in value for value in values)
        return values if is_closed and len(values) <= _MOST_ENUM_VALUES else []

    def _items(self, path: str, schema: Schema) -> dict[str, Any]:
        array = next(v for v in self._facts.variants(schema) if v.get("type") == "array")
        items = self._facts.resolve(array.get("items", {}))
        kind = self._kind(path, items)
        if kind == "object":
            return self._object(path, items)
        shape: dict[str, Any] = {"type": kind}
        if kind == "string" and (values := self._enum(items)):
            shape["enum"] = values
        return shape

    def _object(self, path: str, schema: Schema) -> dict[str, Any]:
        children = self._children(path)
        if not children:
            return {"type": "object"}
        properties: dict[str, Any] = {}
        for child in children:
            name = parse_keys(child)[-1]
            properties[name] = self._property(child, self._united(schema, child, name))
        required = [name for name in properties if self._always_required(schema, name)]
        shape: dict[str, Any] = {"type": "object", "properties": properties}
        return {**shape, "required": required} if required else shape

    def _children(self, path: str) -> list[str]:
        depth = path.count(".") + 1
        return [p for p in self._paths if p.startswith(f"{path}.") and p.count(".") == depth]

    def _united(self, schema: Schema, path: str, name: str) -> Schema:
        declared = [
            variant["properties"][name]
            for variant in self._facts.variants(schema)
            if name in variant.get("properties", {})
        ]
        if not declared:
            raise SpecError(f"{self._spec.name}: the operation has no argument {path!r}")
        return declared[0] if len(declared) == 1 else {"oneOf": declared}

    def _always_required(self, schema: Schema, name: str) -> bool:
        return all(name in variant.get("required", ()) for variant in self._facts.variants(schema))

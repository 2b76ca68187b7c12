"""Vapi's OpenAPI document, put together again from the structure that `tool_specs` holds.

It has all operations and schemas, and no descriptions: servers made from it list fewer bytes than
those made from Vapi's own document. FastMCP refuses both for their empty enums and their type
`null`, which OpenAPI 3.0 does not have; `acceptable` mends that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson

from tests.bench.children import ROOT

_UPSTREAM = ROOT / "tool_specs" / "upstream"
_REFERENCE = "#/components/schemas/"


def openapi_document(base_url: str) -> dict[str, Any]:
    """Return the document for a server at a base URL."""
    operations = orjson.loads((_UPSTREAM / "operations.json").read_bytes())
    schemas = orjson.loads((_UPSTREAM / "schemas.json").read_bytes())
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in operations.items():
        method, path = route.split(" ")
        paths.setdefault(path, {})[method.lower()] = _operation(path, operation)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Vapi API", "version": "1.0"},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": _referring(schemas)},
    }


def acceptable(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document that FastMCP reads: of version 3.1, without empty enums."""
    return {**_without_empty_enums(document), "openapi": "3.1.0"}


def _without_empty_enums(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_empty_enums(each) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found = cast("dict[str, Any]", value)
    return {
        key: _without_empty_enums(each)
        for key, each in found.items()
        if not (key == "enum" and each == [])
    }


def _operation(path: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": facts["id"],
        "tags": [facts["tag"]],
        "parameters": [
            *(_parameter(name, "path", schema) for name, schema in _in_path(path, facts).items()),
            *(
                _parameter(name, "query", schema, required=name in facts["required"])
                for name, schema in facts["query"].items()
            ),
        ],
        "responses": {
            status: {"description": "", **_content("application/json", schema)}
            for status, schema in facts["answers"].items()
        },
    }
    if body := facts["body"]:
        content = _content(body["content"], body["schema"])
        operation["requestBody"] = {"required": body["required"], **content}
    return operation


def _in_path(path: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    named = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return {name: facts["path"].get(name, {"type": "string"}) for name in named}


def _parameter(name: str, place: str, schema: Any, *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": _referring(schema)}


def _content(kind: str, schema: Any) -> dict[str, Any]:
    return {"content": {kind: {"schema": _referring(schema)}}} if schema else {}


def _referring(schema: Any) -> Any:
    """Return a schema whose references are those of a document."""
    if isinstance(schema, list):
        return [_referring(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    found = {key: _referring(value) for key, value in cast("dict[str, Any]", schema).items()}
    if isinstance(name := found.get("$ref"), str):
        found["$ref"] = _REFERENCE + name
    return found

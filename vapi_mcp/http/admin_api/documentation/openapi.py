"""The OpenAPI 3.1 document, made from the operations and their models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from vapi_mcp import __version__
from vapi_mcp.errors import reason_phrase
from vapi_mcp.http.admin_api.endpoint import ID
from vapi_mcp.http.admin_api.operation import AnyOperation
from vapi_mcp.http.admin_api.responses import ErrorAnswer

_SCHEMAS = "#/components/schemas/{model}"
_ABOUT = (
    "Links Vapi organisations as accounts and makes MCP servers over them. Errors have "
    "`statusCode`, `error`, `message` and, for an invalid request, `details.failures`."
)
_BODY_REFUSALS = (408, 413, 415)


def openapi_document(operations: Iterable[AnyOperation], base_url: str) -> dict[str, Any]:
    """Return the document of some operations, served at a base URL."""
    operations = list(operations)
    schemas, named = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation, named)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "vapi-mcp admin API", "version": __version__, "description": _ABOUT},
        "servers": [{"url": base_url}],
        "security": [{"apiToken": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"apiToken": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


class _Plain(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave out titles that repeat a property's name."""
        del schema
        return False

    def default_schema(self, schema: Any) -> dict[str, Any]:
        """Leave out null: absent is unchanged in a PATCH, where null clears."""
        described = super().default_schema(schema)
        return {k: v for k, v in described.items() if (k, v) != ("default", None)}


def _schemas(
    operations: Iterable[AnyOperation],
) -> tuple[dict[str, Any], Mapping[Any, Any]]:
    """Return the component schemas, and the reference to each by model."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(ErrorAnswer, "serialization")]
    for operation in operations:
        if operation.body:
            wanted.append((operation.body, "validation"))
        if operation.answer:
            wanted.append((operation.answer, "serialization"))
    references, document = models_json_schema(
        list(dict.fromkeys(wanted)), ref_template=_SCHEMAS, schema_generator=_Plain
    )
    named = {model: reference for (model, _), reference in references.items()}
    return document["$defs"], named


def _operation(operation: AnyOperation, named: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation)],
        "responses": _responses(operation, named),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body is not None:
        content = {"application/json": {"schema": named[operation.body]}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _path_parameters(operation: AnyOperation) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": ID}
    names = re.findall(r"\{(\w+)\}", operation.path)
    return [{"name": n, "in": "path", "required": True, "schema": schema} for n in names]


def _query_parameters(operation: AnyOperation) -> list[dict[str, Any]]:
    schema = operation.query.model_json_schema(schema_generator=_Plain)
    parameters = [_query_parameter(n, s) for n, s in schema.get("properties", {}).items()]
    required = schema.get("required", ())
    return [{**each, "required": True} if each["name"] in required else each for each in parameters]


def _query_parameter(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    # A query string has no null: what is absent is the default.
    given = next((s for s in schema.get("anyOf", ()) if s.get("type") != "null"), schema)
    shape = {key: value for key, value in given.items() if key != "description"}
    parameter: dict[str, Any] = {"name": name, "in": "query", "schema": shape}
    if "description" in schema:
        parameter["description"] = schema["description"]
    return parameter


def _responses(operation: AnyOperation, named: Mapping[Any, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": reason_phrase(operation.status)}
    if operation.answer is not None:
        done["content"] = {operation.media_type: {"schema": named[operation.answer]}}
    errors = (
        *(HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE),
        *([HTTPStatus.NOT_FOUND] if "{" in operation.path else []),
        *(_BODY_REFUSALS if operation.body else ()),
        *operation.refuses,
    )
    error = {"application/json": {"schema": named[ErrorAnswer]}}
    return {
        str(operation.status): done,
        **{str(s): {"description": reason_phrase(s), "content": error} for s in sorted(errors)},
    }

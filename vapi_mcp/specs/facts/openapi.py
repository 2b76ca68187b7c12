"""From Vapi's OpenAPI document to facts: structure only, in an order of our own.

Facts keep names, types, enums, limits, required properties and references. They drop every
word of prose (descriptions, examples, titles), so that what a tool says is written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from vapi_mcp.errors import SpecError

Json: TypeAlias = Any
Schema: TypeAlias = Mapping[str, Any]

_REF = "#/components/schemas/"
_METHODS = ("get", "post", "put", "patch", "delete")
_PATH_PARAMETER = re.compile(r"{(\w+)}")
_COPIED = (
    "type",
    "format",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "nullable",
    "deprecated",
    "readOnly",
    "writeOnly",
)


def facts_of(document: Json) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return (operations, schemas) of an OpenAPI 3.0 document, both sorted by name.

    Raises:
        SpecError: The document is not an OpenAPI 3.0 document with paths and schemas.
    """
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.0"):
        raise SpecError("this is not an OpenAPI 3.0 document (no `openapi: 3.0.x` at its root)")
    try:
        paths = document["paths"]
        schemas = document["components"]["schemas"]
        operations = {
            f"{method.upper()} {path}": _operation(path, paths[path][method])
            for path in paths
            for method in _METHODS
            if method in paths[path]
        }
        stripped = {name: structure(schema) for name, schema in schemas.items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise SpecError(f"this OpenAPI document cannot be read: {error!r} is missing") from error
    return dict(sorted(operations.items())), dict(sorted(stripped.items()))


def structure(schema: Schema) -> dict[str, Json]:
    """Return a schema without its prose; `$ref` becomes the bare name of the schema."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].removeprefix(_REF)}
    kept: dict[str, Json] = {key: schema[key] for key in _COPIED if key in schema}
    if isinstance(schema.get("default"), bool | int | float) or schema.get("default") in schema.get(
        "enum", ()
    ):
        kept["default"] = schema["default"]
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            kept[key] = [structure(each) for each in schema[key]]
    if "items" in schema:
        kept["items"] = structure(schema["items"])
    if "properties" in schema:
        kept["properties"] = {k: structure(v) for k, v in schema["properties"].items()}
    if "required" in schema:
        kept["required"] = sorted(schema["required"])
    extra = schema.get("additionalProperties")
    if extra is not None:
        kept["additionalProperties"] = structure(extra) if isinstance(extra, dict) else extra
    if "discriminator" in schema:
        kept["discriminator"] = _discriminator(schema["discriminator"])
    return kept


def _discriminator(discriminator: Schema) -> dict[str, Json]:
    mapping = discriminator.get("mapping", {})
    return {
        "propertyName": discriminator["propertyName"],
        "mapping": {value: ref.removeprefix(_REF) for value, ref in sorted(mapping.items())},
    }


def _operation(path: str, operation: Schema) -> dict[str, Json]:
    placed: dict[str, dict[str, Json]] = {"path": {}, "query": {}, "header": {}}
    required: dict[str, list[str]] = {"path": [], "query": [], "header": []}
    for parameter in operation.get("parameters", []):
        where, name = parameter["in"], parameter["name"]
        placed[where][name] = structure(parameter["schema"])
        if parameter.get("required"):
            required[where].append(name)
    # Path parameters in the order of the path, whatever order the document lists them in.
    declared = {n: placed["path"][n] for n in _PATH_PARAMETER.findall(path) if n in placed["path"]}
    return {
        "id": operation["operationId"],
        "tag": next(iter(operation.get("tags", [])), None),
        "path": declared,
        "query": placed["query"],
        "required": sorted(set(required["query"])),
        "headers": sorted(set(required["header"])),
        "body": _body(operation.get("requestBody")),
        "answers": {
            code: _content(answer) for code, answer in sorted(operation["responses"].items())
        },
    }


def _body(body: Schema | None) -> dict[str, Json] | None:
    if body is None:
        return None
    content_type, media = next(iter(body["content"].items()))
    return {
        "content": content_type,
        "required": bool(body.get("required")),
        "schema": structure(media["schema"]),
    }


def _content(answer: Schema) -> dict[str, Json] | None:
    media = next(iter(answer.get("content", {}).values()), None)
    return structure(media["schema"]) if media and "schema" in media else None

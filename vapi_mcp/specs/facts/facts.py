"""What is known of the Vapi API: operations and schemas, as pinned and corrected."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from vapi_mcp.errors import SpecError
from vapi_mcp.specs.facts.late_schemas import LateSchemas
from vapi_mcp.specs.facts.overlay import apply_overlay, load_overlay
from vapi_mcp.specs.facts.renamed import RenamedFields, load_renamed_fields
from vapi_mcp.specs.location import specs_directory

Schema: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes in its body: `schema` may be a `$ref` or a union."""

    content_type: str
    required: bool
    schema: Schema


@dataclass(frozen=True, slots=True)
class Operation:
    """One upstream method and path; `key` is both, as in `GET /call/{id}`."""

    key: str
    method: str
    path: str
    id: str
    tag: str | None
    path_parameters: Mapping[str, Schema]
    query: Mapping[str, Schema]
    required_query: frozenset[str]
    body: Body | None
    answers: Mapping[str, Schema | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """All operations by key and all schemas by name. Schemas are structure only, without prose.

    A reference is `{"$ref": "NameOfSchema"}`. A union is `oneOf`, with a `discriminator` where
    Vapi's document has one. `moved` knows names that are gone.
    """

    operations: Mapping[str, Operation]
    schemas: Mapping[str, Schema]
    moved: RenamedFields = field(default_factory=RenamedFields)

    def operation(self, key: str) -> Operation:
        """Return the operation, or raise `SpecError` when the API has none of that key."""
        try:
            return self.operations[key]
        except KeyError:
            raise SpecError(f"the facts have no operation {key!r}") from None

    def resolve(self, schema: Schema) -> Schema:
        """Follow `$ref` and single-member `allOf` until a schema says something itself.

        Whatever stands beside `allOf` (`nullable`, a `default`) is kept.
        """
        while True:
            if "$ref" in schema:
                schema = self.schemas[schema["$ref"]]
            elif len(schema.get("allOf", ())) == 1:
                beside = {key: value for key, value in schema.items() if key != "allOf"}
                schema = {**self.resolve(schema["allOf"][0]), **beside}
            else:
                return schema

    def variants(self, schema: Schema) -> list[Schema]:
        """Return the resolved members of a union, nested unions too, or the schema itself."""
        resolved = self.resolve(schema)
        members = resolved.get("oneOf") or resolved.get("anyOf")
        if not members:
            return [resolved]
        return [variant for member in members for variant in self.variants(member)]


def read_upstream(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the pinned facts as they were synced, before any correction."""
    folder = directory / "upstream"
    with _reading():
        return {
            "operations": orjson.loads((folder / "operations.json").read_bytes()),
            "schemas": orjson.loads((folder / "schemas.json").read_bytes()),
        }


def facts_from(
    upstream: Mapping[str, Mapping[str, Any]], moved: RenamedFields | None = None
) -> Facts:
    """Build facts from raw (already corrected) operations and schemas."""
    operations = {key: _operation(key, raw) for key, raw in upstream["operations"].items()}
    return Facts(operations, upstream["schemas"], moved or RenamedFields())


@cache
def load_facts(directory: Path | None = None) -> Facts:
    """Return the pinned facts with the overlay's corrections applied (read once a process).

    Raises:
        SpecError: A file cannot be read, or a correction no longer fits the facts.
    """
    folder = (directory or specs_directory()) / "upstream"
    corrections = load_overlay(folder)
    named = {each.at[1] for each in corrections if each.at[0] == "schemas"}
    with _reading():
        operations = orjson.loads((folder / "operations.json").read_bytes())
        schemas = LateSchemas((folder / "schemas.json").read_bytes())
        upstream = {"operations": operations, "schemas": schemas.read(named)}
    corrected = apply_overlay(upstream, corrections)
    schemas.replace(corrected["schemas"])
    return facts_from({**corrected, "schemas": schemas}, load_renamed_fields(folder))


@contextmanager
def _reading() -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise SpecError(f"tool_specs/upstream cannot be read: {error}") from error


def _operation(key: str, raw: Mapping[str, Any]) -> Operation:
    method, path = key.split(" ", 1)
    body = raw["body"]
    return Operation(
        key=key,
        method=method,
        path=path,
        id=raw["id"],
        tag=raw["tag"],
        path_parameters=raw["path"],
        query=raw["query"],
        required_query=frozenset(raw["required"]),
        body=Body(body["content"], body["required"], body["schema"]) if body else None,
        answers=raw["answers"],
    )

"""Schemas that are read when they are first asked for are those of the file."""

from __future__ import annotations

import orjson
import pytest

from vapi_mcp.specs.facts.facts import load_facts, read_upstream
from vapi_mcp.specs.facts.late_schemas import LateSchemas
from vapi_mcp.specs.facts.overlay import load_overlay
from vapi_mcp.specs.location import specs_directory

DOCUMENT = b'{\n"A": {"type":"string","pattern":": ,"},\n"B": {"$ref":"A"}\n}\n'


def test_every_schema_is_that_of_the_file_unless_a_correction_names_it() -> None:
    pinned, read = read_upstream(specs_directory())["schemas"], load_facts().schemas
    corrections = load_overlay(specs_directory() / "upstream")
    corrected = {each.at[1] for each in corrections if each.at[0] == "schemas"}
    assert list(read)[: len(pinned)] == list(pinned)
    assert {name for name in read if read[name] != pinned.get(name)} == corrected
    assert len(read) == len(pinned.keys() | corrected)


def test_a_schema_is_read_once() -> None:
    schemas = LateSchemas(DOCUMENT)
    assert dict(schemas) == {"A": {"type": "string", "pattern": ": ,"}, "B": {"$ref": "A"}}
    assert schemas["A"] is schemas["A"]
    with pytest.raises(KeyError, match="C"):
        schemas["C"]


def test_a_file_without_schemas_has_none() -> None:
    assert dict(LateSchemas(b"{\n\n}\n")) == {}


def test_what_takes_the_place_of_a_schema_is_given_instead_of_it() -> None:
    schemas = LateSchemas(DOCUMENT)
    schemas.replace({"A": {"type": "integer"}, "C": {}})
    assert (list(schemas), len(schemas)) == (["A", "B", "C"], 3)
    assert (schemas["A"], schemas["C"]) == ({"type": "integer"}, {})
    assert schemas.read(["A", "unknown"]) == {"A": {"type": "integer"}}


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", orjson.dumps({"A": {}, "B": {}}), b'{\n"A" {}\n}', b"{\nA: {}\n}"],
)
def test_a_file_that_has_not_one_schema_a_line_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match="one schema|unexpected"):
        LateSchemas(document)

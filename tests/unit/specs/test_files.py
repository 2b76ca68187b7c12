"""Specs, facts and corrections as files: what is refused, and how it is told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest

from vapi_mcp.errors import SpecError
from vapi_mcp.json_paths import format_place
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.specs.facts.facts import Facts, load_facts
from vapi_mcp.specs.facts.openapi import structure
from vapi_mcp.specs.facts.overlay import apply_overlay, load_overlay
from vapi_mcp.specs.facts.sync import difference, read_openapi, write_upstream
from vapi_mcp.specs.facts.validation import Violation, check_value
from vapi_mcp.specs.location import specs_directory
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.rules import broken_rules

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.0",
    "info": {"title": "An API", "description": "prose"},
    "paths": {
        "/thing/{id}": {
            "get": {
                "operationId": "Thing_get",
                "summary": "prose",
                "tags": ["Things"],
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "description": "prose",
                        "schema": {"type": "string", "format": "uuid"},
                    },
                    {
                        "name": "limit",
                        "in": "query",
                        "required": False,
                        "schema": {"type": "number", "maximum": 9, "description": "prose"},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "prose",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        },
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "title": "prose",
                "description": "prose",
                "properties": {
                    "kind": {
                        "type": "string",
                        "enum": ["a", "b"],
                        "default": "a",
                        "description": "prose",
                        "example": "a",
                    },
                    "prompt": {"type": "string", "default": "a long text of prose"},
                    "title": {"type": "string"},
                },
                "required": ["prompt", "kind"],
            }
        }
    },
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the real specs, to be broken."""
    return Path(shutil.copytree(specs_directory(), tmp_path / "tool_specs"))


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_facts_hold_structure_and_no_prose() -> None:
    facts = read_openapi(orjson.dumps(DOCUMENT), "doc.json")
    assert b"prose" not in orjson.dumps(facts)
    assert facts["operations"]["GET /thing/{id}"] == {
        "id": "Thing_get",
        "tag": "Things",
        "path": {"id": {"type": "string", "format": "uuid"}},
        "query": {"limit": {"type": "number", "maximum": 9}},
        "required": [],
        "headers": [],
        "body": None,
        "answers": {"200": {"$ref": "Thing"}},
    }
    assert facts["schemas"]["Thing"]["properties"].keys() == {"kind", "prompt", "title"}
    assert facts["schemas"]["Thing"]["properties"]["kind"]["default"] == "a"


def test_a_schema_keeps_its_variants_its_tag_and_what_it_nests() -> None:
    reference = {"$ref": "#/components/schemas/Voice"}
    schema = {
        "oneOf": [reference, {"type": "object", "title": "prose", "additionalProperties": False}],
        "anyOf": [{"type": "array", "items": reference}],
        "allOf": [{"type": "object", "additionalProperties": reference}],
        "discriminator": {
            "propertyName": "provider",
            "mapping": {"b": "#/components/schemas/B", "a": "#/components/schemas/A"},
        },
    }
    assert structure(schema) == {
        "oneOf": [{"$ref": "Voice"}, {"type": "object", "additionalProperties": False}],
        "anyOf": [{"type": "array", "items": {"$ref": "Voice"}}],
        "allOf": [{"type": "object", "additionalProperties": {"$ref": "Voice"}}],
        "discriminator": {"propertyName": "provider", "mapping": {"a": "A", "b": "B"}},
    }


def test_the_pinned_facts_hold_no_prose() -> None:
    """Every text in the facts is a name or a value: none has the blanks of a sentence."""
    folder = specs_directory() / "upstream"

    def texts(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [t for k, v in value.items() if k != "pattern" for t in [k, *texts(v)]]
        if isinstance(value, list):
            return [text for item in value for text in texts(item)]
        return [value] if isinstance(value, str) else []

    for name in ("operations.json", "schemas.json"):
        for text in texts(orjson.loads((folder / name).read_bytes())):
            assert len(text.split()) <= 6, text


def test_syncing_the_same_document_again_changes_no_byte(tmp_path: Path) -> None:
    content = orjson.dumps(DOCUMENT)
    first = write_upstream(tmp_path, content, "doc.json", date="2026-01-02")
    before = {p.name: p.read_bytes() for p in (tmp_path / "upstream").iterdir()}
    second = write_upstream(tmp_path, content, "doc.json")
    assert first.lines() == ["+ operation GET /thing/{id}", "+ schema Thing"]
    assert not second
    assert {p.name: p.read_bytes() for p in (tmp_path / "upstream").iterdir()} == before
    pinned = orjson.loads(before["PINNED.json"])
    assert (pinned["source"], pinned["date"], pinned["operations"]) == ("doc.json", "2026-01-02", 1)


def test_a_newer_document_is_told_as_added_removed_and_changed() -> None:
    old = read_openapi(orjson.dumps(DOCUMENT), "old")
    newer = orjson.loads(orjson.dumps(DOCUMENT))
    newer["components"]["schemas"]["Thing"]["properties"]["kind"]["enum"].append("c")
    newer["components"]["schemas"]["Other"] = {"type": "object"}
    newer["paths"]["/new"] = newer["paths"].pop("/thing/{id}")
    assert difference(old, read_openapi(orjson.dumps(newer), "new")).lines() == [
        "+ operation GET /new",
        "+ schema Other",
        "- operation GET /thing/{id}",
        "~ schema Thing",
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"openapi":"2.0"}',
        b'{"openapi":"3.0.0"}',
        b'{"openapi":"3.0.1","paths":{"/a":{"get":{}}},"components":{"schemas":{}}}',
    ],
)
def test_what_is_no_openapi_document_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(SpecError, match="strange.json"):
        read_openapi(content, "strange.json")


def test_specs_that_lag_behind_the_facts_are_told(copy: Path) -> None:
    operations = copy / "upstream" / "operations.json"
    edited(operations, '"GET /squad/{id}"', '"GET /team/{id}"')
    problems = broken_rules(load_specs(copy), load_facts(copy))
    assert problems == [
        "GET /squad/{id}: upstream removed it, but a tool maps to it; remove that tool",
        "GET /team/{id}: upstream added it; give it a tool or a reason in not_exposed.yaml",
    ]


def test_an_argument_that_upstream_dropped_is_told(copy: Path) -> None:
    path = copy / "upstream" / "schemas.json"
    path.write_text(path.read_text().replace("firstMessageMode", "whoBegins"))
    with pytest.raises(SpecError, match="assistant.*no argument 'firstMessageMode'"):
        build_registry(load_specs(copy).tools, load_facts(copy))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "  - name: list_all_vapi_squads\n",
            "  - name: list_all_vapi_squads\n    name: twice\n",
            "squads.yaml.*given twice",
        ),
        ("effect: read", "effect: look", "squads.yaml: list_all_vapi_squads: .*effect"),
        (
            "effect: read",
            "effect: read\n    colour: red",
            "squads.yaml: list_all_vapi_squads: .*colour",
        ),
        ("operation: GET /squad\n", "operation: GET /sqad\n", "no operation 'GET /sqad'"),
        ("body: [", "body: [zzz, ", "no argument 'zzz'"),
        ("resource: squads", "resource: [", "squads.yaml is not valid"),
    ],
)
def test_a_broken_spec_file_is_refused_with_file_and_tool(
    copy: Path, old: str, new: str, told: str
) -> None:
    edited(copy / "squads.yaml", old, new)
    with pytest.raises(SpecError, match=f"(?s){told}"):
        build_registry(load_specs(copy).tools, load_facts(copy))


def test_synonyms_that_are_no_lists_of_words_are_refused_by_file(copy: Path) -> None:
    edited(copy / "synonyms.yaml", "log: [", "log: error\nblog: [")
    with pytest.raises(SpecError, match=r"synonyms\.yaml: log: "):
        load_specs(copy)


def test_an_order_that_names_no_file_is_refused(copy: Path) -> None:
    edited(copy / "order.yaml", "- squads\n", "- teams\n")
    with pytest.raises(SpecError) as refused:
        load_specs(copy)
    assert str(refused.value) == "order.yaml: there is no teams.yaml"


def test_a_resource_without_a_place_in_the_order_comes_last(copy: Path) -> None:
    edited(copy / "order.yaml", "- assistants\n", "")
    assert load_specs(copy).tools[-1].resource == "assistants"


def test_words_that_belong_to_nothing_are_told(copy: Path) -> None:
    edited(copy / "squads.yaml", "words:\n", "words:\n  colour: Not a property of anything.\n")
    assert broken_rules(load_specs(copy), load_facts(copy)) == [
        "squads: the words for 'colour' do not belong to any shown argument; remove them"
    ]


def test_every_correction_has_a_reason_and_still_changes_something() -> None:
    corrections = load_overlay(specs_directory() / "upstream")
    assert len(corrections) > 20
    assert all(len(correction.reason) >= 40 for correction in corrections)
    load_facts(specs_directory())


UPSTREAM: dict[str, dict[str, Any]] = {
    "schemas": {"A": {"required": ["x"], "type": "object"}},
    "operations": {},
}


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("at: [schemas, A, required]\n  remove: [y]", "changes nothing"),
        ("at: [schemas, A]\n  merge: {type: object}", "changes nothing"),
        ("at: [schemas, B, required]\n  remove: [x]", "the facts have no 'B'"),
        ("at: [schemas, A, type, x]\n  set: 1", "is not a mapping"),
        ("at: [schemas, A]\n  set: 1\n  remove: [x]", "exactly one"),
        ("at: [schemas, A]", "exactly one"),
        ("at: [schemas, A]\n  set: 1\n  why: x", "why"),
    ],
)
def test_a_stale_or_unclear_correction_is_refused(tmp_path: Path, entry: str, told: str) -> None:
    (tmp_path / "overlay.yaml").write_text(
        f"- reason: A reason that is long enough to be one.\n  {entry}\n"
    )
    with pytest.raises(SpecError, match=told):
        apply_overlay(UPSTREAM, load_overlay(tmp_path))


def test_corrections_leave_the_facts_they_were_given_alone(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(
        "- reason: A reason that is long enough to be one.\n"
        "  at: [schemas, A, required]\n"
        "  remove: [x]\n"
    )
    corrected = apply_overlay(UPSTREAM, load_overlay(tmp_path))
    assert corrected["schemas"]["A"]["required"] == []
    assert UPSTREAM["schemas"]["A"] == {"required": ["x"], "type": "object"}


CHECKED = Facts(
    operations={},
    schemas={
        "Dog": {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": ["dog"]},
                "age": {"type": "integer", "minimum": 0},
            },
            "required": ["kind"],
        },
        "Cat": {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": ["cat"]},
                "lives": {"type": "number", "maximum": 9},
            },
            "required": ["kind"],
        },
        "Pet": {"oneOf": [{"$ref": "Dog"}, {"$ref": "Cat"}]},
        "Home": {
            "type": "object",
            "properties": {
                "pets": {"type": "array", "items": {"$ref": "Pet"}, "maxItems": 2},
                "name": {"type": "string", "nullable": True, "maxLength": 3},
                "free": {"type": "object"},
            },
        },
    },
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"pets": [{"kind": "dog", "age": 3}], "name": None, "free": {"any": [1]}}, []),
        ({"pets": [{"kind": "dog", "age": -1}]}, [("limit", "pets[0].age")]),
        ({"pets": [{"kind": "cat", "age": 1}]}, [("unknown", "pets[0].age")]),
        ({"pets": [{"kind": "cow"}]}, [("enum", "pets[0].kind")]),
        ({"pets": [{"lives": 10}]}, [("required", "pets[0].kind"), ("limit", "pets[0].lives")]),
        (
            {"pets": {}, "name": "abcd", "colour": 1},
            [("type", "pets"), ("limit", "name"), ("unknown", "colour")],
        ),
        ({"pets": [None, 1]}, [("type", "pets[0]"), ("type", "pets[1]")]),
        (
            {"pets": [{"kind": "dog", "age": 1.0}, {"kind": "dog", "age": 1.5}]},
            [("type", "pets[1].age")],
        ),
        ({"pets": [{"kind": "dog"}] * 3}, [("limit", "pets")]),
        ([], [("type", "")]),
    ],
)
def test_values_are_checked_against_the_variant_they_mean(
    value: Any, expected: list[tuple[str, str]]
) -> None:
    found = check_value(CHECKED, {"$ref": "Home"}, value)
    assert [(finding.rule, finding.place) for finding in found] == expected


def test_a_finding_says_what_was_expected() -> None:
    [finding] = check_value(CHECKED, {"$ref": "Pet"}, {"kind": "cow"})
    assert finding == Violation("enum", ("kind",), ["cat", "dog"], "cow")


def test_deep_values_do_not_exhaust_the_stack() -> None:
    value: Any = {}
    for _ in range(400):
        value = {"model": {"messages": [value]}, "free": value}
    facts = load_facts()
    body = facts.operation("POST /assistant").body
    assert body is not None
    assert check_value(facts, body.schema, value)


def test_paths_read_as_people_write_them() -> None:
    assert format_place(("a", 0, "b", 12, "c")) == "a[0].b[12].c"
    assert structure({"$ref": "#/components/schemas/Pet"}) == {"$ref": "Pet"}

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from tests.support.tokens import count
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.registry.schema_paths import describe_part
from vapi_mcp.specs.facts.facts import Schema, load_facts
from vapi_mcp.specs.tools.loader import load_specs

FACTS = load_facts()
MOST_TOKENS = 2_000


@cache
def registry() -> Registry:
    return build_registry(load_specs().tools, FACTS)


def part(tool: str, path: str) -> dict[str, Any]:
    return describe_part(registry().tools[tool], path, FACTS)


def shown_paths(schema: Schema, prefix: str = "") -> Iterator[str]:
    """Yield the path of every property in a drawing, or in an input schema."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{prefix}{name}"
        yield from shown_paths(inner, f"{prefix}{name}.")
    if "items" in schema:
        yield from shown_paths(schema["items"], prefix)


def further_paths(drawn: Any) -> Iterator[str]:
    """Yield every path at which a drawing says that it goes on."""
    for value in drawn.values() if isinstance(drawn, dict) else drawn:
        if isinstance(value, dict | list):
            yield from further_paths(value)
    if isinstance(drawn, dict) and isinstance(path := drawn.get("path"), str):
        for label in drawn.get("choices", [""]):
            yield path.replace("[choice]", f"[{label}]")


def without_paths(drawn: Any) -> Any:
    """Return a drawing without what depends on where it was found."""
    if isinstance(drawn, dict):
        return {k: without_paths(v) for k, v in drawn.items() if k not in ("path", "description")}
    return [without_paths(each) for each in drawn] if isinstance(drawn, list) else drawn


@pytest.mark.parametrize("name", registry().tools)
def test_every_shown_argument_can_be_asked_for_by_path(name: str) -> None:
    for path in shown_paths(registry().tools[name].input_schema):
        assert count(part(name, path)) < MOST_TOKENS, path


def schemas_inside(schema: Any) -> Iterator[Any]:
    """Yield the schemas that a schema, or a drawing, is directly made of."""
    yield from schema.get("properties", {}).values()
    for key in ("oneOf", "anyOf", "allOf"):
        yield from schema.get(key, ())
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield schema[key]


def names_in(drawn: Any) -> Iterator[str]:
    """Yield the names of all properties in a drawing."""
    yield from drawn.get("properties", ())
    for inner in schemas_inside(drawn):
        yield from names_in(inner)


def names_known(schema: Any, seen: set[str]) -> Iterator[str]:
    """Yield the names of all properties that the facts have for a schema."""
    yield from schema.get("properties", ())
    for inner in schemas_inside(schema):
        yield from names_known(inner, seen)
    if (name := schema.get("$ref")) and name not in seen:
        seen.add(name)
        yield from names_known(FACTS.schemas[name], seen)


def test_the_paths_of_answers_lead_through_every_body_in_small_answers() -> None:
    """Where the same drawing comes again, as in a cycle, it is not followed again."""
    seen, met = set[str](), set[str]()
    for name in registry().tools:
        waiting = [""]
        while waiting:
            path = waiting.pop()
            drawn = part(name, path)
            assert count(drawn) < MOST_TOKENS, f"{name} {path}"
            told = str(without_paths(drawn))
            if told not in seen:
                seen.add(told)
                met.update(names_in(drawn))
                waiting += further_paths(drawn)
    bodies = [tool.operation.body for tool in registry().tools.values() if tool.operation.body]
    known = set(names_known({"oneOf": [body.schema for body in bodies]}, set()))
    assert known - met == {"file"}, "only an upload is given in other words than Vapi's"


def test_a_part_is_drawn_with_what_its_paths_lead_to() -> None:
    assert part("create_a_vapi_call", "schedulePlan") == {
        "type": "object",
        "properties": {
            "earliestAt": {"type": "string", "format": "date-time", "description": "ISO time."},
            "latestAt": {
                "type": "string",
                "format": "date-time",
                "description": "ISO time; give up after it.",
            },
        },
        "required": ["earliestAt"],
    }


def test_a_choice_is_offered_by_the_value_that_tells_it_apart() -> None:
    drawn = part("create_a_vapi_assistant", "model")
    assert drawn["path"] == "model[choice]"
    assert {"openai", "anthropic", "google"} <= set(drawn["choices"])
    chosen = part("create_a_vapi_assistant", "model[anthropic]")
    assert chosen["properties"]["provider"] == {
        "type": "string",
        "enum": ["anthropic"],
        "description": chosen["properties"]["provider"]["description"],
    }


def test_a_body_of_several_kinds_offers_them_at_the_top() -> None:
    drawn = part("create_a_vapi_phone_number", "")
    assert drawn["choices"] == ["byo-phone-number", "twilio", "vonage", "vapi", "telnyx"]
    twilio = part("create_a_vapi_phone_number", "[twilio]")
    assert {"twilioAccountSid", "number"} <= twilio["properties"].keys()


def test_items_of_an_array_need_no_brackets() -> None:
    paths = ("customers.number", "customers[].number", "customers[0].number")
    drawn = [part("create_a_vapi_call", path) for path in paths]
    assert drawn[0] == drawn[1] == drawn[2]


def test_a_list_of_values_is_whole_or_says_how_many_there_are() -> None:
    methods = part("create_a_vapi_tool", "[apiRequest].method")
    assert methods["enum"] == ["POST", "GET", "PUT", "PATCH", "DELETE"]
    models = part("create_a_vapi_assistant", "model[openai].model")
    assert 20 < len(models["examples"]) < models["number_of_values"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("model.mesages", "did you mean messages?"),
        ("model[opnai]", "did you mean openai?"),
        ("name.first", "no part is known there"),
        ("schedulePlan", "use one of "),
        ("model[", "is not a path"),
        ("]", "is not a path"),
        ("a" * 501, "is not a path"),
        ("name[]", "is wrong at"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused_with_what_would_be_right(
    path: str, words: str
) -> None:
    with pytest.raises(InvalidArguments, match=words.replace("?", r"\?")):
        part("create_a_vapi_assistant", path)

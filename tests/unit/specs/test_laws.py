"""Laws over all tools. Each limit names the client that it protects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support import tokens
from tests.support.registry import ALL_NAMES, NAMES, registry
from vapi_mcp.invocation.finding.values import COMPUTED
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.registry.scope import FULL, scope_of
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs
from vapi_mcp.specs.tools.rules import broken_rules

PUBLISHED = (Path(__file__).parent / "names.txt").read_text().split()
SNAPSHOTS = Path(__file__).parent / "snapshots"
# ECMA-262, 12.7.2: reserved words, those of strict mode and modules too.
JAVASCRIPT_KEYWORDS = """
    await break case catch class const continue debugger default delete do else enum export extends
    false finally for function if implements import in instanceof interface let new null package
    private protected public return static super switch this throw true try typeof var void while
    with yield
""".split()  # noqa: SIM905 - a list of words reads best as words


TOOLS = registry().in_scope(FULL)
OWN = {tool.name for tool in TOOLS if tool.spec.own}
each_tool = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)


def schemas_in(schema: dict[str, Any], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every schema of a tool with its depth; the root has depth 0."""
    yield depth, schema
    for child in schema.get("properties", {}).values():
        yield from schemas_in(child, depth + 1)
    if "items" in schema:
        yield from schemas_in(schema["items"], depth + 1)


def schema_of(tool: Tool) -> dict[str, Any]:
    """The input schema as a client gets it, through JSON."""
    return orjson.loads(orjson.dumps(tool.definition()))["inputSchema"]


def test_the_default_list_has_exactly_the_86_published_tools() -> None:
    """The one place that counts them: a tool more or less is a change of the public API."""
    assert len(PUBLISHED) == 86
    assert sorted(NAMES) == sorted(PUBLISHED)


def test_every_operation_has_exactly_one_tool_or_a_reason_to_have_none() -> None:
    specs, facts = load_specs(), load_facts()
    mapped = {spec.operation for spec in specs.tools if spec.own is None}
    assert len(mapped) == len([name for name in ALL_NAMES if name not in OWN])
    assert len(facts.operations) == 137
    assert mapped | specs.not_exposed.keys() == facts.operations.keys()
    assert not mapped & specs.not_exposed.keys()
    assert all(len(reason) > 20 for reason in specs.not_exposed.values())


def test_the_full_catalogue_has_ten_tools_that_stand_for_no_operation() -> None:
    assert sorted(OWN) == [
        "end_a_vapi_call",
        "restore_a_vapi_change",
        "say_in_a_vapi_call",
        "transfer_a_vapi_call",
        "wait_for_a_vapi_call",
        "wait_for_a_vapi_campaign",
        "wait_for_a_vapi_eval_run",
        "wait_for_a_vapi_file",
        "wait_for_a_vapi_simulation_run",
        "wait_for_a_vapi_v2_campaign",
    ]
    assert len(ALL_NAMES) == 147
    assert all(tool.spec.catalogue == "full" and tool.spec.tags for tool in TOOLS if tool.spec.own)


def test_specs_and_facts_agree() -> None:
    assert broken_rules(load_specs(), load_facts()) == []


def test_each_tool_is_of_read_or_write_and_none_is_custom() -> None:
    read, write, custom = (
        [t.name for t in registry().in_scope(scope_of(methods=[word], catalogue="full"))]
        for word in ("READ", "write", "custom")
    )
    assert read == [name for name in ALL_NAMES if name.startswith(("list_", "get_", "wait_"))]
    assert write == [name for name in ALL_NAMES if name not in read]
    assert custom == []


@each_tool
def test_name_fits_cursor_and_claude(tool: Tool) -> None:
    """Cursor: 60 with the server's key; claude.ai: one bad name refuses the whole connector."""
    assert re.fullmatch(r"[a-z][a-z0-9_]{0,44}", tool.name)
    assert len("vapi") + len(tool.name) <= 60


def test_longest_name_has_45_characters() -> None:
    assert max(len(tool.name) for tool in TOOLS) == 45


@each_tool
def test_description_fits_claude_code(tool: Tool) -> None:
    """Claude Code cuts descriptions at 2 KB; house rule: 25 to 70 tokens, ours and whole."""
    assert len(tool.spec.description.encode()) <= 2048
    assert 25 <= tokens.count(tool.spec.description) <= 70
    assert tool.spec.description not in (tool.name, tool.spec.title)


@each_tool
def test_root_is_a_plain_object_for_anthropic(tool: Tool) -> None:
    """Anthropic refuses the whole request for a combinator at the root."""
    schema = schema_of(tool)
    assert schema["type"] == "object"
    assert schema.keys() <= {"type", "properties", "required"}
    assert schema["properties"]


@each_tool
def test_keywords_are_those_every_client_knows(tool: Tool) -> None:
    """Gemini and Claude Code: no $ref, unions, const, exclusive bounds, additionalProperties."""
    allowed = {"type", "properties", "required", "items", "enum", "description"}
    for _, schema in schemas_in(schema_of(tool)):
        assert schema.keys() <= allowed


@each_tool
def test_types_are_single_names_for_gemini(tool: Tool) -> None:
    """Gemini refuses a list of types, and `properties` or `required` beside a non-object."""
    names = {"object", "array", "string", "number", "integer", "boolean"}
    for _, schema in schemas_in(schema_of(tool)):
        assert schema["type"] in names
        if schema["type"] != "object":
            assert not {"properties", "required"} & schema.keys()
        assert (schema["type"] == "array") == ("items" in schema)


@each_tool
def test_enums_are_texts_and_never_empty_for_gemini(tool: Tool) -> None:
    """Gemini refuses an empty string or a non-string in an enum."""
    for _, schema in schemas_in(schema_of(tool)):
        if "enum" in schema:
            assert schema["type"] == "string"
            assert schema["enum"]
            assert all(isinstance(value, str) and value for value in schema["enum"])


@each_tool
def test_property_names_fit_anthropic(tool: Tool) -> None:
    """Anthropic refuses the whole request for an odd property name; ours have no dot either."""
    for _, schema in schemas_in(schema_of(tool)):
        for name in schema.get("properties", {}):
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)


@each_tool
def test_no_property_name_is_a_keyword_of_python_or_javascript(tool: Tool) -> None:
    """mcpadapt 0.1 writes Python from them: one `async` and no tool of the server loads.

    Vapi's own `function` stays: it is no keyword of Python, and JavaScript takes it as a key.
    """
    for _, schema in schemas_in(schema_of(tool)):
        names = schema.get("properties", {}).keys() - {"function"}
        assert not {name for name in names if iskeyword(name) or name in JAVASCRIPT_KEYWORDS}


@each_tool
def test_nesting_stays_under_openai_strict(tool: Tool) -> None:
    """OpenAI's strict mode stops at 10 levels; our own margin is 5."""
    assert max(depth for depth, _ in schemas_in(schema_of(tool))) <= 5


@each_tool
def test_definition_fits_connectors(tool: Tool) -> None:
    """Claude's connectors drop a tool over 16,384 bytes, ChatGPT refuses one of 5,000 tokens."""
    definition = tool.definition()
    assert len(orjson.dumps(definition)) <= 16_384
    assert tokens.cost_of(definition).model <= tokens.MOST_PER_TOOL


def test_all_tools_together_leave_a_context_to_work_in() -> None:
    costs = tokens.all_costs()
    model, wire = sum(c.model for c in costs), sum(c.wire for c in costs)
    assert model <= tokens.MOST_FOR_ALL
    assert wire <= tokens.MOST_ON_THE_WIRE


@each_tool
def test_every_property_is_described(tool: Tool) -> None:
    for depth, schema in schemas_in(schema_of(tool)):
        for name, child in schema.get("properties", {}).items():
            assert len(child.get("description", "")) >= 4, f"{name} at depth {depth}"


@each_tool
def test_required_names_are_properties(tool: Tool) -> None:
    for _, schema in schemas_in(schema_of(tool)):
        assert set(schema.get("required", ())) <= set(schema.get("properties", {}))


@each_tool
def test_title_and_four_hints_are_stated(tool: Tool) -> None:
    """ChatGPT, Claude's directory, Codex and VS Code decide by them whether to ask."""
    definition = tool.definition()
    hints = definition["annotations"]
    assert definition["title"] == hints["title"]
    assert all(
        isinstance(hints[hint], bool)
        for hint in ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
    )


def test_prompts_name_their_properties_for_strict_clients() -> None:
    """CAMEL closes free objects: without names, `messages: [{}]` can hold no prompt."""
    shown = schema_of(registry().find("create_a_vapi_assistant"))["properties"]
    messages = shown["model"]["properties"]["messages"]["items"]
    assert messages["properties"].keys() == {"role", "content"}


def test_inline_audio_says_that_many_clients_cannot_take_it() -> None:
    """LangChain's adapter raises on audio; llama-index gives a model its base64."""
    shown = schema_of(registry().find("list_all_vapi_mono_recordings"))["properties"]
    assert "many clients cannot take it" in shown["inline"]["description"]


def test_titles_are_unique() -> None:
    assert len({tool.spec.title for tool in TOOLS}) == len(TOOLS)


@each_tool
def test_a_read_and_a_write_never_share_a_tool(tool: Tool) -> None:
    """Claude's directory rejects a tool that takes safe and unsafe methods."""
    computes = {
        "POST /analytics",
        "POST /reporting/insight/{id}/run",
        "POST /reporting/insight/preview",
        "POST /eval/simulation/scenario/generate",
    }
    reads = tool.operation.method == "GET" or tool.operation.key in computes
    assert tool.hints.read_only == reads
    assert tool.hints.destructive == (tool.spec.effect in ("update", "delete", "act"))
    assert tool.hints.open_world == (tool.spec.effect == "act")


@each_tool
def test_deletes_are_tagged_destructive(tool: Tool) -> None:
    assert ("destructive" in tool.spec.tags) == (tool.spec.method == "delete")


def test_published_tags_cover_resources_and_risks() -> None:
    tags = {tag for tool in TOOLS for tag in tool.spec.tags}
    assert {"analytics", "recordings", "spending", "destructive", "calls", "assistants"} <= tags


@each_tool
def test_lists_and_gets_take_fields_and_lists_take_limit_and_cursor(tool: Tool) -> None:
    shown = schema_of(tool)["properties"].keys()
    is_list = tool.spec.output.kind == "list"
    is_object_get = tool.spec.method == "get"
    assert ("fields" in shown) == (is_list or is_object_get)
    assert ({"limit", "next_cursor"} <= shown) == is_list
    assert not {"page", "cursor"} & shown


def test_sixteen_lists_page_and_seven_artifacts_do_not() -> None:
    core = registry().in_scope()
    kinds = [tool.spec.output.kind for tool in core if tool.spec.method == "list"]
    assert kinds.count("list") == 16
    assert kinds.count("artifact") == 7


@each_tool
def test_default_keys_exist_in_the_answer(tool: Tool) -> None:
    facts = load_facts()
    answer = tool.operation.answers["200"] if tool.spec.output.keys else None
    if answer is None:
        return
    inner = "results" if tool.spec.output.kind == "list" else ""
    items = [
        items_of(page.get("properties", {}).get(inner, page)) for page in facts.variants(answer)
    ]
    for key in set(tool.spec.output.keys) - COMPUTED.keys():
        schemas = items
        for name in key.split("."):
            schemas = [
                variant["properties"][name]
                for schema in schemas
                for variant in facts.variants(items_of(facts.resolve(schema)))
                if name in variant.get("properties", {})
            ]
        assert schemas, key


def items_of(schema: Any) -> Any:
    return schema["items"] if schema.get("type") == "array" else schema


@each_tool
def test_definition_is_the_snapshot(tool: Tool) -> None:
    """A change of a tool is a change of a public API: see it in the diff, note it in CHANGELOG."""
    path = SNAPSHOTS / f"{tool.name}.json"
    now = orjson.dumps(tool.definition(), option=orjson.OPT_INDENT_2) + b"\n"
    assert path.read_bytes() == now, "run `make references` and look at the difference"


def test_no_snapshot_is_left_of_a_tool_that_is_gone() -> None:
    assert {path.stem for path in SNAPSHOTS.glob("*.json")} == set(ALL_NAMES)


def test_a_local_server_takes_a_path_and_a_hosted_one_does_not() -> None:
    hosted, local = (
        build_registry(load_specs().tools, load_facts(), local_files=here).find(
            "create_a_vapi_file"
        )
        for here in (False, True)
    )
    assert "path" not in hosted.arguments
    assert "path" not in schema_of(hosted)["properties"]
    assert "path" in schema_of(local)["properties"]

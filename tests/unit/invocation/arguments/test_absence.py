"""Null, "", [] and {}: what clients send for an argument that they leave out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.invocation import ID, REGISTRY
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.specs.facts.facts import load_facts

UPDATES = [tool for tool in REGISTRY.in_scope() if tool.spec.effect == "update"]
LISTS = [tool for tool in REGISTRY.in_scope() if tool.spec.output.kind == "list"]
TO_CLEAR = "To empty a property, name it in clear."
OTHER = "11111111-1111-4111-8111-111111111111"


def check(tool: str, /, **arguments: Any) -> Checked:
    return check_arguments(REGISTRY.find(tool), arguments, load_facts())


def a_value(schema: dict[str, Any]) -> Any:
    """Return some value of a type, for what a tool requires."""
    kinds = {"array": [{"assistantId": OTHER}], "string": OTHER}
    return schema.get("enum", [kinds[schema["type"]]])[0]


@pytest.mark.parametrize("tool", UPDATES, ids=lambda tool: tool.name)
def test_an_update_with_every_optional_argument_null_changes_nothing(tool: Any) -> None:
    """CrewAI 1.9's MCPServerAdapter and mcp-use 1.6's LangChainAdapter fill them in, 2026-11."""
    shown = tool.input_schema
    required = {name: a_value(shown["properties"][name]) for name in shown["required"]}
    body = {a.upstream for a in tool.arguments.values() if a.place == "body"}
    checked = check_arguments(tool, dict.fromkeys(shown["properties"]) | required, load_facts())
    assert checked.body == {name: value for name, value in required.items() if name in body}
    assert [note for note in checked.notes if "null" in note] == [checked.notes[-1]]
    assert checked.notes[-1].endswith(TO_CLEAR)


def test_null_is_left_out_of_an_update_where_the_api_would_take_it_too() -> None:
    checked = check("update_a_vapi_structured_output_by_id", id=ID, conditions=None, name=None)
    note = f"null means left out: conditions, name. {TO_CLEAR}"
    assert checked == Checked(path={"id": ID}, query={}, body={}, control={}, notes=(note,))


def test_nested_nulls_are_left_out_with_one_note() -> None:
    """CrewAI 1.9 fills nested objects too, 2026-11."""
    customer = {
        "number": "+14155550123",
        "extension": None,
        "sipUri": None,
        "name": None,
        "externalId": None,
    }
    checked = check("create_a_vapi_call", assistantId=ID, phoneNumberId=ID, customer=customer)
    assert checked.body == {
        "assistantId": ID,
        "phoneNumberId": ID,
        "customer": {"number": "+14155550123"},
    }
    assert checked.notes == (
        (
            "null means left out: customer.extension, customer.sipUri, customer.name, "
            "customer.externalId."
        ),
    )


def test_a_null_stays_where_the_api_allows_or_refuses_it_and_in_free_objects() -> None:
    member = {"assistantId": None, "assistant": {"metadata": {"note": None}}}
    assert check("create_a_vapi_squad", members=[member]).body == {"members": [member]}
    checked = check("create_a_vapi_assistant", model={"provider": "openai", "model": None})
    assert checked.body == {"model": {"provider": "openai", "model": None}}
    assert "model.model" in checked.notes[0]


def test_an_object_of_nulls_is_left_out_whole() -> None:
    voice = {"provider": None, "voiceId": None}
    checked = check("create_a_vapi_assistant", name="Ann", voice=voice)
    assert (checked.body, checked.notes) == ({"name": "Ann"}, ("null means left out: voice.",))


def test_a_null_under_an_unknown_provider_is_left_out_as_well() -> None:
    voice = {"provider": "brand-new", "voiceId": "x", "chunkPlan": None}
    checked = check("create_a_vapi_assistant", voice=voice)
    assert checked.body == {"voice": {"provider": "brand-new", "voiceId": "x"}}


@pytest.mark.parametrize("tool", LISTS, ids=lambda tool: tool.name)
def test_a_list_with_every_optional_argument_empty_lists_all(tool: Any) -> None:
    """openai-agents in strict mode and CAMEL leave only "" and [] to say nothing, 2026-11."""
    given: dict[str, Any] = {a.name: "" for a in tool.arguments.values() if not a.required}
    required = {a.name: a_value(a.schema) for a in tool.arguments.values() if a.required}
    checked = check_arguments(tool, {**given, "fields": [], **required}, load_facts())
    assert (checked.query, checked.control) == ({}, {})
    assert len(checked.notes) == 1
    assert checked.notes[0].startswith("Empty, so left out: ")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_all_vapi_calls", {"assistantId": " "}),
        ("list_all_vapi_calls", {"createdAtGt": ""}),
        ("list_all_vapi_calls", {"updatedAtLe": ""}),
        ("list_all_vapi_squads", {"idAny": [""]}),
        ("list_all_vapi_assistants", {"next_cursor": ""}),
        ("list_all_vapi_assistants", {"fields": [""]}),
        ("list_all_vapi_assistants", {"fields": "[]"}),
        ("list_all_vapi_assistants", {"fields": ","}),
        ("list_all_vapi_assistants", {"limit": ""}),
        ("get_single_vapi_call_by_id", {"part": ""}),
        ("get_single_vapi_call_by_id", {"range": ""}),
        ("get_single_vapi_call_by_id", {"speaker": ""}),
        ("get_single_vapi_call_by_id", {"search": ""}),
        ("create_a_vapi_squad", {"idempotency_key": ""}),
        ("create_a_vapi_squad", {"confirmation_code": ""}),
        ("delete_a_vapi_call_by_id", {"ids": []}),
        ("update_a_vapi_phone_number_by_id", {"assistantId": ""}),
        ("update_a_vapi_session_by_id", {"status": ""}),
        ("update_a_vapi_assistant_by_id", {"maxDurationSeconds": ""}),
        ("update_a_vapi_assistant_by_id", {"clear": []}),
        ("create_a_vapi_assistant", {"firstMessageMode": ""}),
    ],
)
def test_what_cannot_be_meant_empty_is_left_out(tool: str, arguments: dict[str, Any]) -> None:
    required: dict[str, Any] = {}
    if "id" in REGISTRY.find(tool).operation.path_parameters:
        required = {"id": ID}
    if tool == "create_a_vapi_squad":
        required = {"members": [{"assistantId": ID}]}
    with_it, without = check(tool, **required, **arguments), check(tool, **required)
    assert (with_it.query, with_it.body, with_it.control) == (
        without.query,
        without.body,
        without.control,
    )
    assert with_it.notes[0].startswith(f"Empty, so left out: {next(iter(arguments))}.")


def test_what_is_empty_beside_a_filled_alternative_is_left_out_of_a_create() -> None:
    checked = check(
        "create_a_vapi_call",
        assistantId=ID,
        assistant={},
        squadId="",
        squad={},
        phoneNumberId=ID,
        customer={"number": "+14155550123", "sipUri": "", "externalId": ""},
        customers=[],
        schedulePlan={"earliestAt": "", "latestAt": ""},
    )
    assert checked.body == {
        "assistantId": ID,
        "phoneNumberId": ID,
        "customer": {"number": "+14155550123"},
    }
    assert checked.notes == (
        (
            "Empty, so left out: assistant, customers, squad, squadId, schedulePlan, "
            "customer.externalId, customer.sipUri."
        ),
    )


def test_what_is_empty_without_an_alternative_is_sent() -> None:
    body = check("create_a_vapi_call", assistant={}, customers=[]).body
    assert body == {"assistant": {}, "customers": []}
    assert check("create_a_vapi_assistant", name="", hooks=[]).body == {"name": "", "hooks": []}


def test_an_update_that_empties_texts_says_so_first() -> None:
    checked = check(
        "update_a_vapi_assistant_by_id",
        id=ID,
        firstMessage="",
        model={"provider": "openai", "model": "x", "messages": [{"role": "system", "content": ""}]},
    )
    assert checked.body is not None
    assert checked.body["firstMessage"] == ""
    assert checked.notes[0] == (
        "An empty text replaces what is saved: model.messages[0].content, firstMessage."
    )


def test_an_update_may_empty_the_only_text_it_sends_of_an_object() -> None:
    for server in ({"url": ""}, {"url": "", "timeoutSeconds": 5}):
        checked = check("update_a_vapi_assistant_by_id", id=ID, server=server)
        assert checked.body == {"server": server}
        assert checked.notes == ("An empty text replaces what is saved: server.url.",)
    choice = {"firstMessage": "Hi", "voice": {"provider": "", "voiceId": ""}}
    checked = check("update_a_vapi_assistant_by_id", id=ID, **choice)
    assert checked.body == {"firstMessage": "Hi"}


def test_an_id_that_is_required_and_empty_is_refused() -> None:
    for empty in ("", " ", None):
        with pytest.raises(InvalidArguments, match="id"):
            check("get_single_vapi_call_by_id", id=empty)


def test_async_and_run_async_are_one_argument() -> None:
    """`async` is a keyword of Python: smolagents cannot write it as an argument."""
    for name in ("async", "run_async"):
        assert check("create_a_vapi_tool", type="function", **{name: True}).body == {
            "type": "function",
            "async": True,
        }
    both = {"type": "function", "run_async": True, "async": None}
    assert check("create_a_vapi_tool", **both).body == {"type": "function", "async": True}
    with pytest.raises(InvalidArguments, match="async"):
        check("create_a_vapi_tool", **{**both, "async": False})

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.request import build_request
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

REGISTRY = build_registry(load_specs().tools, load_facts(), local_files=True)
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"

KEYS = st.sampled_from(["provider", "number", "messages", "name", "type", "x"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(0, 9)
    | st.text("a[{+1 ", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def check(tool: str, /, **arguments: Any) -> Checked:
    return check_arguments(REGISTRY.find(tool), arguments, load_facts())


def refusal(tool: str, /, **arguments: Any) -> str:
    with pytest.raises(InvalidArguments) as caught:
        check(tool, **arguments)
    assert caught.value.status == 400
    assert caught.value.message.endswith("Nothing was sent.")
    return caught.value.message


def test_arguments_go_to_their_places() -> None:
    checked = check(
        "list_all_vapi_providers",
        provider="11labs",
        resource_name="pronunciation-dictionary",
        limit=5,
        createdAtGt="2026-01-01T00:00:00Z",
        sortOrder="ASC",
    )
    assert checked == Checked(
        path={"provider": "11labs", "resourceName": "pronunciation-dictionary"},
        query={"createdAtGt": "2026-01-01T00:00:00Z", "sortOrder": "ASC"},
        body=None,
        control={"limit": 5},
    )


@pytest.mark.parametrize(
    ("name", "given_value", "expected"),
    [
        ("limit", "5", 5),
        ("limit", 5.0, 5),
        ("fields", '["id","name"]', ["id", "name"]),
        ("fields", "id, name", ["id", "name"]),
        ("fields", "id", ["id"]),
    ],
)
def test_texts_become_what_they_say(name: str, given_value: Any, expected: Any) -> None:
    assert check("list_all_vapi_calls", **{name: given_value}).control == {name: expected}


def test_a_nested_object_sent_as_text_becomes_an_object() -> None:
    model = {
        "provider": "openai",
        "model": "gpt-4.1",
        "messages": [{"role": "system", "content": "x"}],
    }
    whole = check("create_a_vapi_assistant", model=orjson.dumps(model).decode())
    parts = check(
        "create_a_vapi_assistant",
        model={**model, "messages": orjson.dumps(model["messages"]).decode()},
    )
    assert whole.body == parts.body == {"model": model}


def test_numbers_and_booleans_deep_inside_are_repaired() -> None:
    checked = check(
        "create_a_vapi_assistant",
        model={"provider": "openai", "model": "gpt-4.1", "temperature": "0.5"},
        artifactPlan={"recordingEnabled": "true"},
    )
    assert checked.body is not None
    assert checked.body["model"]["temperature"] == 0.5
    assert checked.body["artifactPlan"]["recordingEnabled"] is True


def test_a_chat_takes_text_and_messages_and_messages_as_text() -> None:
    messages = [{"role": "user", "content": "hi"}]
    assert check("create_a_vapi_chat", input="[hi]").body == {"input": "[hi]"}
    assert check("create_a_vapi_chat", input=messages).body == {"input": messages}
    assert check("create_a_vapi_chat", input=orjson.dumps(messages).decode()).body == {
        "input": messages
    }


def test_the_callers_objects_are_left_as_they_were() -> None:
    given_model = {"provider": "openai", "model": "gpt-4.1", "temperature": "0.5"}
    check("create_a_vapi_assistant", model=given_model)
    assert given_model["temperature"] == "0.5"


def test_null_is_absent_on_create_list_and_get() -> None:
    assert check("create_a_vapi_assistant", name=None, firstMessage="x").body == {
        "firstMessage": "x"
    }
    assert check("list_all_vapi_calls", assistantId=None, limit=None).query == {}


def test_unknown_arguments_are_named_with_what_was_meant() -> None:
    assert "did you mean assistantId?" in refusal("list_all_vapi_calls", asistantId="x")
    assert "it takes" in refusal("list_all_vapi_calls", zzz=1)
    assert "pass the next_cursor" in refusal("list_all_vapi_chats", page=2)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidArguments) as caught:
        check("update_a_vapi_squad_by_id", dryRun=True, name={"a": 1}, members=1)
    named = [each["argument"] for each in caught.value.extra["details"]]
    assert sorted(named) == ["dryRun", "id", "members", "name"]


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("list_all_vapi_calls", {"limit": 0}, "limit must be at least 1"),
        ("list_all_vapi_calls", {"limit": 1001}, "limit must be at most 1000"),
        ("list_all_vapi_calls", {"limit": "many"}, "limit must be integer, not text"),
        ("list_all_vapi_calls", {"limit": True}, "limit must be integer, not a boolean"),
        ("list_all_vapi_calls", {"createdAtGt": "soon"}, "-7d, today, yesterday"),
        ("create_a_vapi_assistant", {"name": "x" * 41}, "name must be at most 40 characters"),
        ("create_a_vapi_assistant", {"model": "openai"}, "model must be object, not text"),
        ("create_a_vapi_squad", {"members": {}}, "members must be array, not an object"),
        ("create_a_vapi_squad", {}, "members is required"),
    ],
)
def test_wrong_values_are_told_with_what_would_be_right(
    tool: str, arguments: dict[str, Any], told: str
) -> None:
    assert told in refusal(tool, **arguments)


@pytest.mark.parametrize(
    "bad",
    [
        "../call",
        "..",
        ".",
        "a/b",
        "a?limit=1",
        "a#b",
        "a%2Fb",
        "",
        " ",
        "a b",
        "ä",
        "a\n",
        "x" * 200,
        5.5,
        {},
        [],
    ],
)
def test_an_id_never_leaves_its_segment(bad: Any) -> None:
    assert "is not an id" in refusal("get_single_vapi_call_by_id", id=bad)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=140))
def test_any_accepted_id_is_one_segment(text: str) -> None:
    tool = REGISTRY.find("get_single_vapi_call_by_id")
    try:
        checked = check_arguments(tool, {"id": text}, load_facts())
    except InvalidArguments:
        return
    path = build_request(tool, checked).path
    assert path.count("/") == 2
    assert path.rpartition("/")[2] not in ("", ".", "..")


def test_an_id_that_is_no_uuid_is_sent_with_a_note() -> None:
    checked = check("get_single_vapi_call_by_id", id="abc")
    assert checked.path == {"id": "abc"}
    assert checked.notes == ("id 'abc' is not a UUID, as Vapi's ids are",)


def test_drifting_values_are_noted_and_sent() -> None:
    checked = check("create_a_vapi_assistant", voice={"provider": "brand-new", "voiceId": "x"})
    assert checked.body == {"voice": {"provider": "brand-new", "voiceId": "x"}}
    assert len(checked.notes) == 1
    assert "voice.provider 'brand-new' is not among the documented" in checked.notes[0]


def test_an_unknown_type_of_tool_passes_with_a_note() -> None:
    checked = check("create_a_vapi_tool", type="make")
    assert checked.body == {"type": "make"}
    assert "'make' is not among the documented" in checked.notes[0]


def test_unknown_keys_below_the_first_level_are_noted_with_what_was_meant() -> None:
    checked = check(
        "create_a_vapi_assistant", model={"provider": "openai", "model": "gpt-4.1", "temprature": 1}
    )
    assert checked.notes == (
        "model.temprature is not documented (did you mean temperature?); sent as it is",
    )


@pytest.mark.parametrize(
    "number",
    ["415 555 0123", "4155550123", "+1", "(415) 555-0123", "+14155550123x", "00491701234567"],
)
def test_numbers_without_a_country_code_are_refused_with_an_example(number: str) -> None:
    told = refusal("create_a_vapi_call", customer={"number": number})
    assert "customer.number" in told
    assert "+14155550123" in told


@pytest.mark.parametrize("number", ["+1 (415) 555-0123", "+1-415-555-0123", " +1.415.555.0123 "])
def test_punctuation_is_taken_out_of_numbers_with_a_note(number: str) -> None:
    checked = check("create_a_vapi_call", customers=[{"number": number}])
    assert checked.body == {"customers": [{"number": "+14155550123"}]}
    assert checked.notes == (f"{number!r} was sent as +14155550123",)


def test_numbers_for_sip_trunks_pass_when_the_check_is_off() -> None:
    customer = {"number": "reception", "numberE164CheckEnabled": False}
    assert check("create_a_vapi_call", customer=customer).body == {"customer": customer}


def test_defaults_are_sent_unless_said_otherwise() -> None:
    usual = check("create_a_vapi_chat_response", input="hi").body
    asked = check("create_a_vapi_chat_response", input="hi", stream=True).body
    assert usual == {"input": "hi", "stream": False}
    assert asked == {"input": "hi", "stream": True}


def test_deleting_a_call_sends_a_body_only_for_many() -> None:
    assert check("delete_a_vapi_call_by_id", id=ID).body is None
    assert check("delete_a_vapi_call_by_id", id=ID, ids=[ID]).body == {"ids": [ID]}


def test_a_body_that_is_required_is_sent_empty() -> None:
    assert check("create_a_vapi_assistant").body == {}


def test_there_is_one_note_a_kind() -> None:
    strange = {f"k{n}": 1 for n in range(50)}
    checked = check("create_a_vapi_assistant", model={"provider": "openai", **strange})
    shown = ", ".join(f"model.k{n}" for n in range(8))
    assert checked.notes == (
        "model.model is missing, and Vapi requires it; sent as it is",
        f"{shown} and 42 more are not documented; sent as they are",
    )


@settings(max_examples=200, deadline=None)
@given(
    tool=st.sampled_from(list(REGISTRY.tools.values())),
    data=st.data(),
)
def test_any_arguments_either_pass_or_are_refused_with_reasons(
    tool: Any, data: st.DataObject
) -> None:
    names = st.sampled_from([*tool.arguments, "strange"])
    arguments = data.draw(st.dictionaries(names, JSON, max_size=5))
    try:
        checked = check_arguments(tool, arguments, load_facts())
    except InvalidArguments as error:
        outcome: Any = error.extra["details"]
    else:
        assert checked.path.keys() == tool.operation.path_parameters.keys()
        outcome = [checked.path, checked.query, checked.body, checked.control]
    assert orjson.loads(orjson.dumps(outcome))


@pytest.mark.parametrize(
    "tool",
    [tool for tool in REGISTRY.tools.values() if tool.operation.path_parameters],
    ids=lambda tool: tool.name,
)
def test_null_never_stands_for_an_id(tool: Any) -> None:
    names = [a.name for a in tool.arguments.values() if a.place == "path"]
    with pytest.raises(InvalidArguments, match="is required"):
        check_arguments(tool, dict.fromkeys(names), load_facts())

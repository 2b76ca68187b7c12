"""Names that a tool does not have: passed on with a note, left out, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.registry.registry import build_registry
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

REGISTRY = build_registry(load_specs().tools, load_facts(), local_files=True)
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
STAMP = "2026-11-01T00:00:00.000Z"
CALL = {"assistantId": ID, "phoneNumberId": ID, "customer": {"number": "+14155550123"}}
ASSISTANT = "create_a_vapi_assistant"


def check(tool: str, /, **arguments: Any) -> Checked:
    return check_arguments(REGISTRY.find(tool), arguments, load_facts())


def refusal(tool: str, /, **arguments: Any) -> str:
    with pytest.raises(InvalidArguments) as caught:
        check(tool, **arguments)
    return caught.value.message


@pytest.mark.parametrize(
    ("tool", "body", "note"),
    [
        # Documented on assistants in Vapi's pages of 2026-07 and 2026-08.
        (
            ASSISTANT,
            {"silenceTimeoutSeconds": 30},
            (
                "silenceTimeoutSeconds is an older name: a hook on customer.speech.timeout in "
                "hooks is the newer way; sent as it is"
            ),
        ),
        (
            ASSISTANT,
            {"customerJoinTimeoutSeconds": 30},
            "customerJoinTimeoutSeconds is not documented; sent as it is",
        ),
        # As GET /assistant/{id} returns them, seen 2026-11.
        (
            ASSISTANT,
            {"hipaaEnabled": False, "recordingEnabled": True, "backgroundDenoisingEnabled": True},
            (
                "backgroundDenoisingEnabled is now "
                "backgroundSpeechDenoisingPlan.smartDenoisingPlan.enabled; hipaaEnabled is now "
                "compliancePlan.hipaaEnabled; recordingEnabled is now "
                "artifactPlan.recordingEnabled; sent as they are"
            ),
        ),
        (
            ASSISTANT,
            {"serverUrl": "https://a.example"},
            "serverUrl is now server.url; sent as it is",
        ),
        (
            "create_a_vapi_squad",
            {"members": [{"assistant": {"silenceTimeoutSeconds": 30}}]},
            (
                "members[0].assistant.silenceTimeoutSeconds is an older name: a hook on "
                "customer.speech.timeout in hooks is the newer way; sent as it is"
            ),
        ),
        (
            "create_a_vapi_call",
            {**CALL, "assistantOverrides": {"silenceTimeoutSeconds": 30, "brandNew": 1}},
            (
                "assistantOverrides.silenceTimeoutSeconds is an older name: a hook on "
                "customer.speech.timeout in hooks is the newer way; assistantOverrides.brandNew is "
                "not documented; sent as they are"
            ),
        ),
        # Calls with metadata, seen in public repositories, 2026-11.
        (
            "create_a_vapi_call",
            {**CALL, "metadata": {"lead": "7"}},
            "metadata is now assistantOverrides.metadata; sent as it is",
        ),
        (
            "create_a_vapi_tool",
            {"type": "function", "server": {"url": "https://a.example", "secret": "s3cr3t"}},
            (
                "server.secret is an older name: credentialId is the newer way to authenticate a "
                "webhook, or headers; sent as it is"
            ),
        ),
        (
            ASSISTANT,
            {"first_message": "Hi"},
            ("first_message is not documented (did you mean firstMessage?); sent as it is"),
        ),
    ],
)
def test_unknown_and_moved_names_are_passed_on_with_one_note(
    tool: str, body: dict[str, Any], note: str
) -> None:
    checked = check(tool, **body)
    assert (checked.body, checked.notes) == (body, (note,))


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        (ASSISTANT, {"model": {"systemPrompt": "x"}}, "Vapi takes it here and ignores it"),
        ("create_a_vapi_call", {**CALL, "scheduledAt": STAMP}, "is now schedulePlan.earliestAt"),
        ("create_a_vapi_call", {**CALL, "schedule_plan": {}}, "did you mean schedulePlan?"),
        ("create_a_vapi_call", {**CALL, "id": ID}, "would reach people again"),
        (ASSISTANT, {"dryRun": True}, "did you mean dry_run?"),
        ("delete_a_vapi_call_by_id", {"id": ID, "callIds": [ID]}, "is not an argument"),
        ("update_a_vapi_call_by_id", {"id": ID, "idempotency_key": "k"}, "is not an argument"),
        (
            ASSISTANT,
            {"model.messages": []},
            "model.messages is a path; write an object instead, with messages inside model",
        ),
    ],
)
def test_names_that_would_do_something_else_are_refused(
    tool: str, arguments: dict[str, Any], told: str
) -> None:
    assert told in refusal(tool, **arguments)


def test_a_type_on_a_call_is_left_out_with_a_note() -> None:
    """Seen in public repositories, 2026-11: `type` of a call that was read."""
    checked = check("create_a_vapi_call", **CALL, type="outboundPhoneCall", status="ended")
    assert (checked.body, checked.notes) == (
        CALL,
        ("status and type are set by Vapi and were left out",),
    )


@pytest.mark.parametrize(
    ("tool", "kept", "echoed"),
    [
        (
            "update_a_vapi_phone_number_by_id",
            {"provider": "vapi", "name": "Front desk"},
            {"number": "+14155550123", "status": "active", "orgId": ID, "createdAt": STAMP},
        ),
        (
            "update_a_vapi_campaign_by_id",
            {"name": "Spring"},
            {"calls": {}, "callsCounterEnded": 3, "status": "in-progress", "customers": []},
        ),
        (
            "update_a_vapi_session_by_id",
            {"status": "completed"},
            {"cost": 0.2, "costs": [], "assistantId": ID},
        ),
    ],
)
def test_an_object_sent_back_as_read_loses_what_vapi_sets(
    tool: str, kept: dict[str, Any], echoed: dict[str, Any]
) -> None:
    checked = check(tool, id=ID, **kept, **echoed)
    *first, last = sorted(echoed)
    names = f"{', '.join(first)} and {last}"
    assert checked.body == kept
    assert checked.notes == (f"{names} are set by Vapi and were left out",)


def test_an_unknown_tag_of_a_union_is_all_that_is_said_of_it() -> None:
    """A hook newer than the facts, seen in public repositories, 2026-11."""
    hook = {"on": "call.timeElapsed", "options": {"seconds": 480}, "do": [{"type": "new"}]}
    checked = check(ASSISTANT, hooks=[hook])
    (note,) = checked.notes
    assert checked.body == {"hooks": [hook]}
    assert note.startswith("hooks[0].on 'call.timeElapsed' is not among the documented ")


def test_a_newer_model_of_a_known_voice_is_about_the_model() -> None:
    checked = check(ASSISTANT, voice={"provider": "inworld", "voiceId": "Alex", "model": "newer"})
    assert checked.notes == (
        "voice.model 'newer' is not among the documented inworld-tts-1; sent as it is",
    )


def test_a_function_given_as_parameters_is_told_its_three_places() -> None:
    """A code tool in the flat form, seen in public repositories, 2026-11."""
    told = refusal("create_a_vapi_tool", type="code", code="return 1", parameters={})
    assert (
        "parameters belongs in function.parameters, with its name in function.name and what it is "
        "for in function.description"
    ) in told
    tool = {"type": "code", "code": "return 1", "parameters": {"type": "object"}}
    (note,) = check(
        ASSISTANT, model={"provider": "openai", "model": "gpt-4.1", "tools": [tool]}
    ).notes
    assert "function.name" in note


def test_known_arguments_are_listed_once() -> None:
    told = refusal("list_all_vapi_calls", zzz=1, yyyyy=2)
    assert told.count("it takes") == 1


def test_a_null_in_a_list_is_said_once() -> None:
    assert check("create_a_vapi_squad", members=[None]).notes == (
        "members[0] must not be null; sent as it is",
    )


def test_a_changed_number_is_the_first_note() -> None:
    customer = {"number": "+1 415 555 0123"}
    notes = check("create_a_vapi_call", **CALL | {"customer": customer, "aNewKey": 1}).notes
    assert notes == (
        "'+1 415 555 0123' was sent as +14155550123",
        "aNewKey is not documented; sent as it is",
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "default": "a", "minLength": 1, "maxLength": 9},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3},
        {"type": "number", "minimum": 0, "maximum": 9, "enum": [1, 2]},
        {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "string"}}},
        {"oneOf": [{"type": "string"}, {"type": "null"}]},
        {"type": ["string", "null"]},
    ],
)
def test_parameters_of_tools_take_any_json_schema_without_a_note(schema: dict[str, Any]) -> None:
    """As in Vapi's examples and in live tools, seen 2026-11."""
    parameters = {"type": "object", "properties": {"x": schema}, "additionalProperties": False}
    function = {"name": "look_up", "parameters": parameters}
    assert check("create_a_vapi_tool", type="function", function=function).notes == ()


def test_schemas_of_structured_outputs_have_fewer_keywords() -> None:
    schema = {"type": "number", "minimum": 0}
    (note,) = check("create_a_vapi_structured_output", name="n", schema=schema).notes
    assert note == "schema.minimum is not documented; sent as it is"


USUAL = {
    "name": "hang_up",
    "description": "Ends the call.",
    "metadata": {"team": "a", "id": "7"},
    "function": {"name": "hang_up", "description": "Ends the call."},
}


@pytest.mark.parametrize("kind", ["endCall", "dtmf", "transferCall", "query", "sms", "voicemail"])
def test_names_that_built_in_tools_usually_have_need_no_note(kind: str) -> None:
    """Seen in public repositories and in Vapi's examples, 2026-11."""
    tool = {"type": kind, **USUAL}
    model = {"provider": "openai", "model": "gpt-4.1", "tools": [tool]}
    bodies = [
        ("create_a_vapi_tool", tool),
        (ASSISTANT, {"model": model}),
        ("create_a_vapi_squad", {"members": [{"assistant": {"model": model}}]}),
        ("create_a_vapi_call", {**CALL, "assistantOverrides": {"model": model}}),
    ]
    for name, body in bodies:
        checked = check(name, **body)
        assert (checked.body, checked.notes) == (body, ())
    changed = check("update_a_vapi_tool_by_id", id=ID, metadata={"team": "a"})
    assert (changed.body, changed.notes) == ({"metadata": {"team": "a"}}, ())


def test_metadata_that_a_kind_of_tool_declares_is_still_looked_at() -> None:
    checked = check("create_a_vapi_tool", type="mcp", metadata={"protocl": "sse"})
    assert checked.notes == (
        "metadata.protocl is not documented (did you mean protocol?); sent as it is",
    )


@pytest.mark.parametrize(
    ("tool", "body"),
    [
        ("create_a_vapi_tool", {"type": "make", "metadata": {"scenarioId": 1}, "brandNew": 1}),
        ("create_a_vapi_tool", {"type": "newer", "parameters": {"type": "object"}}),
        ("create_a_vapi_phone_number", {"provider": "newer", "authentication": {"user": "a"}}),
        ("create_a_vapi_reporting_insight", {"type": "newer", "queries": [{"sql": "x"}]}),
    ],
)
def test_a_body_of_an_unknown_kind_is_judged_by_its_kind_alone(
    tool: str, body: dict[str, Any]
) -> None:
    """Live Vapi names kinds of tools that its document lacks (community thread, 2026-03)."""
    tag = next(iter(body))
    checked = check(tool, **body)
    assert checked.body == body
    (note,) = checked.notes
    assert note.startswith(f"{tag} {body[tag]!r} is not among the documented ")

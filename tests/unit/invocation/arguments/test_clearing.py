from __future__ import annotations

from typing import Any

import pytest

from tests.support.invocation import ID, REGISTRY
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.specs.facts.facts import load_facts

UPDATES = [tool for tool in REGISTRY.in_scope() if tool.spec.effect == "update"]


def check(tool: str, /, **arguments: Any) -> Checked:
    return check_arguments(REGISTRY.find(tool), arguments, load_facts())


def test_every_update_and_nothing_else_takes_clear() -> None:
    takers = [tool for tool in REGISTRY.in_scope() if "clear" in tool.arguments]
    assert takers == UPDATES
    assert all("clear" in tool.input_schema["properties"] for tool in takers)


def test_clear_sends_null_for_exactly_what_it_names() -> None:
    """A phone number that loses its assistant, seen in public repositories, 2026-11."""
    server = {"url": "https://example.com/hook"}
    checked = check(
        "update_a_vapi_phone_number_by_id",
        id=ID,
        assistantId=None,
        squadId="",
        name=None,
        server=server,
        clear=["assistantId", "squadId"],
    )
    assert checked.body == {"server": server, "assistantId": None, "squadId": None}


@pytest.mark.parametrize(
    "names", ["voicemailMessage", '["voicemailMessage"]', ["voicemailMessage", "voicemailMessage"]]
)
def test_clear_takes_a_name_however_it_comes(names: Any) -> None:
    body = check("update_a_vapi_assistant_by_id", id=ID, clear=names).body
    assert body == {"voicemailMessage": None}


def test_clear_takes_our_name_and_the_apis() -> None:
    for name in ("async", "run_async"):
        body = check("update_a_vapi_tool_by_id", id=ID, clear=[name]).body
        assert body == {"async": None}


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        (
            "update_a_vapi_assistant_by_id",
            {"clear": ["name"], "name": "Ann"},
            "clear names name, but name also has a value; give only one of the two",
        ),
        (
            "update_a_vapi_assistant_by_id",
            {"clear": ["firstMesage"]},
            "clear names 'firstMesage', which is not a property here; did you mean firstMessage?",
        ),
        (
            "update_a_vapi_call_by_id",
            {"clear": ["id"]},
            "clear names 'id', which is not a property here; it takes name",
        ),
        (
            "update_a_vapi_assistant_by_id",
            {"clear": ["server.url"]},
            (
                "clear takes whole properties only: server, not 'server.url'. "
                'To remove a part, send server without that part and nested: "replace"'
            ),
        ),
        (
            "update_a_vapi_squad_by_id",
            {"members": [{"assistantId": ID}], "clear": ["members"]},
            "clear cannot name members: Vapi requires it. Send a new value instead",
        ),
        (
            "update_a_vapi_structured_output_by_id",
            {"clear": ["name"]},
            "clear cannot name name: Vapi requires it. Send a new value instead",
        ),
    ],
)
def test_what_cannot_be_cleared_is_refused(tool: str, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        check(tool, id=ID, **arguments)
    assert told in caught.value.message
    assert caught.value.message.endswith("Nothing was sent.")


ASSISTANT = "update_a_vapi_assistant_by_id"
PASSED_ON = [
    *((ASSISTANT, name) for name in ("silenceTimeoutSeconds", "recordingEnabled", "hipaaEnabled")),
    *((ASSISTANT, name) for name in ("customerJoinTimeoutSeconds", "serverUrl", "toolIds")),
    *((ASSISTANT, name) for name in ("forwardingPhoneNumber", "zzz_new")),
    ("update_a_vapi_phone_number_by_id", "serverUrl"),
]


@pytest.mark.parametrize(("tool", "name"), PASSED_ON)
def test_clear_takes_what_an_update_passes_on_with_the_same_note(tool: str, name: str) -> None:
    """Live assistants hold such names at the top, seen 2026-11."""
    sent = check(tool, id=ID, **{name: "x"})
    emptied = check(tool, id=ID, clear=[name])
    assert (sent.body, emptied.body) == ({name: "x"}, {name: None})
    assert emptied.notes == sent.notes


def test_names_that_are_emptied_and_names_that_are_sent_share_one_note() -> None:
    checked = check(ASSISTANT, id=ID, serverUrl="https://example.com", clear=["recordingEnabled"])
    assert checked.body == {"serverUrl": "https://example.com", "recordingEnabled": None}
    (note,) = checked.notes
    assert note == (
        "serverUrl is now server.url; recordingEnabled is now artifactPlan.recordingEnabled; "
        "sent as they are"
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("orgId", "clear cannot name orgId: Vapi sets it"),
        ("nested", "clear names 'nested', which is not a property here; it takes "),
        ("dry_run", "clear names 'dry_run', which is not a property here; it takes "),
        ("a b", "clear names 'a b', which is not a property here; it takes "),
        ("model.zzz", "clear takes whole properties only: model, not 'model.zzz'"),
        (
            "silenceTimeoutSeconds",
            "clear names silenceTimeoutSeconds, but silenceTimeoutSeconds also has a value",
        ),
    ],
)
def test_clear_refuses_what_an_update_does_not_pass_on(name: str, told: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        check(ASSISTANT, id=ID, silenceTimeoutSeconds=30, clear=[name])
    assert told in caught.value.message


def test_a_campaign_that_loses_its_schedule_says_that_it_dials() -> None:
    checked = check("update_a_vapi_campaign_by_id", id=ID, clear=["schedulePlan"])
    assert checked.body == {"schedulePlan": None}
    assert checked.notes == (
        "Without schedulePlan, a campaign that has not started yet dials at once.",
    )

"""A marker of ours stands for a part; sent to Vapi, it would be kept in place of the part."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, REGISTRY, called
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.specs.facts.facts import load_facts

PART = "members.0.assistantOverrides.variableValues"
CALL = {"tool": "get_single_vapi_squad_by_id", "arguments": {"id": ID, "part": PART}}
MARKER = {"_omitted": {"path": PART, "tokens": 9_000, "entries": 700, "read": CALL}}
UNREADABLE = {"_omitted": {"path": "metadata", "tokens": 9_000, "entries": 7, "read": None}}


def refused(tool: str, /, **arguments: Any) -> InvalidArguments:
    with pytest.raises(InvalidArguments) as caught:
        check_arguments(REGISTRY.find(tool), arguments, load_facts())
    return caught.value


def test_a_squad_sent_back_with_a_marker_is_refused_with_the_call_that_reads_the_part() -> None:
    members = [{"assistantId": ID, "assistantOverrides": {"variableValues": MARKER}}]
    error = refused("update_a_vapi_squad_by_id", id=ID, members=members)
    assert error.message == (
        "update_a_vapi_squad_by_id: members[0].assistantOverrides.variableValues stands for a "
        "part that was left out of an answer. Read the part with get_single_vapi_squad_by_id "
        f'{{"id":"{ID}","part":"{PART}"}} and send that. Nothing was sent.'
    )
    assert error.extra["next_call"] == CALL
    assert [each["argument"] for each in error.extra["details"]] == [
        "members[0].assistantOverrides.variableValues"
    ]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_a_vapi_assistant", {"metadata": MARKER}),
        ("create_a_vapi_assistant", {"metadata": {"a": [{"b": MARKER}]}}),
        ("create_a_vapi_assistant", {"metadata": {"a": {**MARKER, "b": 1}}}),
        ("create_a_vapi_assistant", {"metadata": orjson.dumps({"a": MARKER}).decode()}),
        ("create_a_vapi_assistant", {"firstMessage": orjson.dumps(MARKER).decode()}),
        ("create_a_vapi_assistant", {"model": {"messages": [MARKER]}}),
        ("create_a_vapi_call", {"assistant": {"model": {"messages": MARKER}}}),
        ("create_a_vapi_call", {"customers": [MARKER]}),
        ("update_a_vapi_assistant_by_id", {"id": ID, "metadata": MARKER, "nested": "merge"}),
        ("update_a_vapi_assistant_by_id", {"id": ID, "metadata": UNREADABLE, "nested": "replace"}),
    ],
)
def test_a_marker_is_refused_at_any_depth_and_in_any_write(
    tool: str, arguments: dict[str, Any]
) -> None:
    error = refused(tool, **arguments)
    assert "stands for a part that was left out" in error.message
    assert "get_single_vapi_" in error.message


def test_a_marker_that_names_no_call_gets_the_one_of_what_is_updated() -> None:
    error = refused("update_a_vapi_assistant_by_id", id=ID, metadata=UNREADABLE)
    assert error.extra["next_call"] == {
        "tool": "get_single_vapi_assistant_by_id",
        "arguments": {"id": ID, "part": "metadata"},
    }
    created = refused("create_a_vapi_assistant", metadata=UNREADABLE)
    assert "Read the object it came from" in created.message


async def test_what_the_refusal_names_reads_the_part_that_was_left_out() -> None:
    values = {f"customer {n}": f"{n}" * 40 for n in range(2_000)}
    member = {"assistantId": ID, "assistantOverrides": {"variableValues": values}}
    squad = {"id": ID, "name": "Front desk", "members": [member]}
    read = await called(squad, "get_single_vapi_squad_by_id", id=ID, fields=["*"])
    members = orjson.loads(read.text)["members"]
    error = refused("update_a_vapi_squad_by_id", id=ID, members=members)
    call = error.extra["next_call"]
    config = {"max_result_tokens": 200_000}
    part = await called(squad, call["tool"], config=config, **call["arguments"])
    assert values.items() <= orjson.loads(part.text)["value"].items()

"""What JSON cannot carry is refused with its place, before anything is sent or claimed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, REGISTRY
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.request import build_request
from vapi_mcp.specs.facts.facts import load_facts

# More digits than Python turns into text.
HUGE = 10**5_000
IDS = ["large", "huge", "nan", "text", "list"]


def check(tool: str, /, **arguments: Any) -> Checked:
    return check_arguments(REGISTRY.find(tool), arguments, load_facts())


def nested(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "place", "told"),
    [
        ({"n": 2**64}, "metadata.n", "is an integer of more than 64 bits; send it as text"),
        ({"n": -(2**63) - 1}, "metadata.n", "is an integer of more than 64 bits"),
        ({"n": [HUGE]}, "metadata.n[0]", "is an integer of more than 64 bits"),
        ({"n": float("nan")}, "metadata.n", "is not a finite number"),
        ({"n": float("-inf")}, "metadata.n", "is not a finite number"),
        ({"n": "\ud83d"}, "metadata.n", "holds half a surrogate pair"),
        ({"\ud83d": 1}, "metadata.\\ud83d", "has a name with half a surrogate pair"),
        (nested(300), "metadata.a.a.a.a", "is nested deeper than 240 levels"),
    ],
    ids=["large", "small", "huge", "nan", "infinite", "surrogate", "name", "deep"],
)
@pytest.mark.parametrize("tool", ["create_a_vapi_assistant", "create_a_vapi_call"])
def test_a_value_that_cannot_be_sent_is_refused_with_its_place(
    tool: str, value: Any, place: str, told: str
) -> None:
    name, inside = ("metadata", value)
    arguments = {name: inside}
    if tool == "create_a_vapi_call":
        arguments = {"assistant": {"metadata": value}}
        place = f"assistant.{place}"
    with pytest.raises(InvalidArguments) as caught:
        check(tool, **arguments)
    assert caught.value.message.startswith(f"{tool}: {place}")
    assert told in caught.value.message
    assert orjson.dumps(caught.value.as_dict())


@pytest.mark.parametrize("name", ["limit", "fields", "createdAtGt", "next_cursor", "strange", "id"])
@pytest.mark.parametrize("value", [2**64, HUGE, float("nan"), "\ud83d", ["\udc00"]], ids=IDS)
def test_no_argument_of_a_read_breaks_down(name: str, value: Any) -> None:
    with pytest.raises(InvalidArguments) as caught:
        check("list_all_vapi_calls", **{name: value})
    assert orjson.dumps(caught.value.as_dict())


def test_a_text_that_reads_as_too_large_a_number_is_refused() -> None:
    with pytest.raises(InvalidArguments):
        check("create_a_vapi_assistant", maxDurationSeconds="1e400")
    with pytest.raises(InvalidArguments, match="maxDurationSeconds"):
        check("create_a_vapi_assistant", maxDurationSeconds=1e300)


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 0.1, 1e300])
def test_a_number_that_json_carries_is_sent_as_it_is(number: float) -> None:
    tool = REGISTRY.find("update_a_vapi_assistant_by_id")
    checked = check(tool.name, id=ID, metadata={"n": number})
    body = build_request(tool, checked).body
    assert body is not None
    assert orjson.loads(body) == {"metadata": {"n": number}}


@pytest.mark.parametrize("value", [1, None])
def test_240_levels_pass_and_one_more_does_not(value: Any) -> None:
    deepest = {"deep": nested(237), "n": value}
    assert orjson.dumps([check("create_a_vapi_assistant", metadata=deepest).body])
    deeper = {"deep": nested(238), "n": value}
    with pytest.raises(InvalidArguments, match="is nested deeper than 240 levels"):
        check("create_a_vapi_assistant", metadata=deeper)


def test_a_body_with_saved_parts_that_cannot_be_written_is_refused_before_it_is_sent() -> None:
    tool = REGISTRY.find("update_a_vapi_assistant_by_id")
    merged = Checked({"id": ID}, {}, {"metadata": nested(300)}, {})
    with pytest.raises(InvalidArguments, match="cannot be written as JSON"):
        build_request(tool, merged)

"""Names for the lists of ids that a resource has."""

from __future__ import annotations

from typing import Any

import orjson

from tests.support.invocation import ID, REGISTRY, ResultInvoker, granted
from tests.support.upstream import FakeUpstream
from vapi_mcp.invocation.result import ToolResult

HOURS: dict[str, Any] = {"id": "t-1", "type": "function", "function": {"name": "opening_hours"}}
HANG_UP: dict[str, Any] = {"id": "t-2", "type": "endCall"}
ANN: dict[str, Any] = {
    "id": ID,
    "name": "Ann",
    "model": {"provider": "openai", "toolIds": ["t-2", "t-9", "t-1"]},
}
BOB: dict[str, Any] = {"id": "a-2", "name": "Bob", "model": {"provider": "openai"}}
ANSWERS: dict[str, Any] = {
    f"GET /assistant/{ID}": ANN,
    "GET /assistant": [ANN, BOB],
    "GET /tool": [HOURS, HANG_UP],
    "GET /tool/t-1": HOURS,
    "GET /tool/t-2": HANG_UP,
    "GET /squad/s-1": {"id": ID, "members": [{"assistantId": ID}, {"assistant": {"name": "X"}}]},
}
NOTE = "The names of ids, in their order: model.toolIds: endCall, (no name), opening_hours."


async def _called(name: str, upstream: FakeUpstream, **arguments: Any) -> ToolResult:
    return await ResultInvoker(upstream).invoke(REGISTRY.find(name), arguments, granted())


async def test_an_assistant_names_its_tools_in_the_order_of_their_ids() -> None:
    result = await _called("get_single_vapi_assistant_by_id", FakeUpstream(ANSWERS), id=ID)
    assert (orjson.loads(result.text), result.notes) == (ANN, (NOTE,))


async def test_an_answer_without_the_ids_looks_no_names_up() -> None:
    upstream = FakeUpstream(ANSWERS)
    result = await _called("get_single_vapi_assistant_by_id", upstream, id=ID, fields=["name"])
    assert (orjson.loads(result.text), result.notes) == ({"name": "Ann"}, ())
    assert [request.path for request, _ in upstream.requests] == [f"/assistant/{ID}"]


async def test_names_of_tools_can_be_asked_for() -> None:
    result = await _called(
        "get_single_vapi_assistant_by_id", FakeUpstream(ANSWERS), id=ID, fields=["toolNames"]
    )
    assert result.notes == (NOTE,)
    found = await _called(
        "list_all_vapi_assistants", FakeUpstream(ANSWERS), fields=["name", "toolNames"]
    )
    assert orjson.loads(found.text)["result"] == [
        {
            "name": "Ann",
            "model": {"toolIds": ["t-2", "t-9", "t-1"]},
            "toolNames": ["endCall", None, "opening_hours"],
        },
        {"name": "Bob", "model": {}},
    ]


async def test_assistants_are_found_by_the_name_of_a_tool() -> None:
    found = await _called(
        "list_all_vapi_assistants",
        FakeUpstream(ANSWERS),
        where={"toolNames": "opening*"},
        fields=["name"],
    )
    assert orjson.loads(found.text)["result"] == [{"name": "Ann"}]


async def test_a_squad_names_its_members() -> None:
    upstream = FakeUpstream(
        {**ANSWERS, f"GET /squad/{ID}": ANSWERS["GET /squad/s-1"]},
    )
    result = await _called("get_single_vapi_squad_by_id", upstream, id=ID)
    assert result.notes == (
        "The names of ids, in their order: members.assistantId: Ann, (no name).",
    )


async def test_a_list_that_comes_in_pages_gives_names_too() -> None:
    plan = {"structuredOutputIds": [f"o-{n}" for n in range(6)]}
    outputs = [{"id": f"o-{n}", "name": f"Output {n}"} for n in range(6)]
    upstream = FakeUpstream(
        {
            f"GET /assistant/{ID}": {"id": ID, "name": "Ann", "artifactPlan": plan},
            "GET /structured-output": {"results": outputs, "metadata": {"totalItems": 6}},
        }
    )
    result = await _called("get_single_vapi_assistant_by_id", upstream, id=ID)
    assert result.notes == (
        (
            "The names of ids, in their order: artifactPlan.structuredOutputIds: Output 0, "
            "Output 1, Output 2, Output 3, Output 4, Output 5."
        ),
    )

"""Answers about calls say the class of each ended reason, and what it means."""

from __future__ import annotations

from typing import Any

import orjson

from tests.support.invocation import ID, called

CALLS = [
    {
        "id": reason,
        "createdAt": f"2026-01-01T00:00:0{9 - at}.000Z",
        "endedReason": reason,
        "cost": 0,
    }
    for at, reason in enumerate(["customer-busy", "pipeline-error-openai-llm-failed"])
]
BUSY = (
    "endedReason customer-busy: no_contact (The line of the customer was busy, or the call was "
    "declined)"
)
HUNG_UP = "endedReason customer-ended-call: normal (The customer hung up)"


async def listed(**arguments: Any) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    result = await called(CALLS, "list_all_vapi_calls", **arguments)
    return orjson.loads(result.text)["result"], result.notes


async def test_each_item_of_a_list_has_the_class_beside_the_reason() -> None:
    items, notes = await listed(fields=["endedReason", "id"])
    assert [list(item.items()) for item in items] == [
        [
            ("id", "customer-busy"),
            ("endedReason", "customer-busy"),
            ("endedReasonClass", "no_contact"),
        ],
        [
            ("id", "pipeline-error-openai-llm-failed"),
            ("endedReason", "pipeline-error-openai-llm-failed"),
            ("endedReasonClass", "technical"),
        ],
    ]
    assert notes == ()


async def test_the_class_can_be_asked_for_alone() -> None:
    items, notes = await listed(fields=["endedReasonClass"])
    assert items == [{"endedReasonClass": "no_contact"}, {"endedReasonClass": "technical"}]
    assert notes == ()


async def test_groups_of_reasons_have_their_class() -> None:
    groups, _ = await listed(count_by=["endedReason"])
    assert groups == [
        {"endedReason": "customer-busy", "endedReasonClass": "no_contact", "count": 1},
        {
            "endedReason": "pipeline-error-openai-llm-failed",
            "endedReasonClass": "technical",
            "count": 1,
        },
    ]


async def test_calls_are_found_and_counted_by_class() -> None:
    found, _ = await listed(where={"endedReasonClass": "technical"}, fields=["id"])
    groups, _ = await listed(count_by=["endedReasonClass"])
    assert found == [{"id": "pipeline-error-openai-llm-failed"}]
    assert groups == [
        {"endedReasonClass": "no_contact", "count": 1},
        {"endedReasonClass": "technical", "count": 1},
    ]


async def test_a_list_explains_its_reasons_on_request() -> None:
    _, notes = await listed(explain=True, limit=1)
    assert notes == (f"{BUSY}. Call again later. no_contact means that nobody was reached.",)


async def test_a_call_passes_unchanged_and_a_note_has_the_class() -> None:
    call = {"id": ID, "endedReason": "customer-busy"}
    result = await called(call, "get_single_vapi_call_by_id", id=ID)
    assert orjson.loads(result.text) == call
    assert result.notes == (f"{BUSY}. Call again later.",)


async def test_a_call_explains_its_reason_on_request() -> None:
    call = {"id": ID, "endedReason": "customer-ended-call"}
    result = await called(call, "get_single_vapi_call_by_id", id=ID, explain=True)
    (note,) = result.notes
    assert note == (
        f"{HUNG_UP}. Nothing is wrong. Where many hang up early, read the last turns of some. "
        "normal means that the call ended as calls do."
    )


async def test_an_answer_without_the_reason_has_no_note() -> None:
    call = {"id": ID, "endedReason": "customer-busy", "cost": 1}
    result = await called(call, "get_single_vapi_call_by_id", id=ID, fields=["cost"])
    assert result.notes == ()


async def test_reasons_of_other_objects_have_no_class() -> None:
    runs = [{"id": ID, "createdAt": "2026-01-01T00:00:00.000Z", "endedReason": "error"}]
    result = await called(runs, "list_all_vapi_eval_runs")
    assert "endedReasonClass" not in orjson.loads(result.text)["result"][0]


async def test_a_deletion_names_the_call_and_explains_no_reason() -> None:
    call = {**CALLS[0], "status": "ended", "transcript": "Hello.", "assistant": {"name": "Desk"}}
    result = await called(call, "delete_a_vapi_call_by_id", id=ID)
    assert (orjson.loads(result.text), result.notes) == (
        {"id": call["id"], "createdAt": call["createdAt"], "status": "ended"},
        (),
    )

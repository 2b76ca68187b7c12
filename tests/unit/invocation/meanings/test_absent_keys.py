"""A note on keys that lead to nothing says where they are, or what there is instead."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, called
from vapi_mcp.errors import InvalidArguments

CALL: dict[str, Any] = {
    "id": ID,
    "artifact": {"transcript": "AI: Hello", "variableValues": {"secret plan": 1}},
    "customer": {"number": "+14155550123"},
    "cost": 1,
}
TIMED = {**CALL, "startedAt": "2026-01-01T00:00:00Z", "endedAt": "2026-01-01T00:01:00Z"}


@pytest.mark.parametrize(
    ("field", "note"),
    [
        ("nope", "The object has no nope; the keys are id, artifact, customer, cost."),
        (
            "artifact.nope",
            "The object has no artifact.nope; the keys of artifact are transcript, variableValues.",
        ),
        ("cost.nope", "The object has no cost.nope; the keys are id, artifact, customer, cost."),
        ("number", "The object has no number; number is at customer.number."),
        ("endedAt", "The object has no endedAt; Vapi did not set endedAt."),
        ("ended_reasons", "The object has no ended_reasons; ended_reasons may be endedReason."),
        (
            "customer.nmber",
            "The object has no customer.nmber; customer.nmber may be customer.number.",
        ),
        # Outsiders choose these keys: no note quotes them.
        (
            "secret plan",
            "The object has no secret plan; the keys are id, artifact, customer, cost.",
        ),
        ("artifact.variableValues.x", "The object has no artifact.variableValues.x."),
    ],
)
async def test_a_get_says_where_an_absent_key_is(field: str, note: str) -> None:
    result = await called(CALL, "get_single_vapi_call_by_id", id=ID, fields=["id", field])
    assert result.notes == (note,)


async def test_a_field_that_stands_elsewhere_is_given_from_there() -> None:
    result = await called(CALL, "get_single_vapi_call_by_id", id=ID, fields=["id", "transcript"])
    assert orjson.loads(result.text) == {"id": ID, "artifact": {"transcript": "AI: Hello"}}
    assert result.notes[-1] == "Taken: transcript as artifact.transcript."
    absent = await called(CALL, "get_single_vapi_call_by_id", id=ID, fields=["id", "summary"])
    assert absent.notes == (
        "The object has no analysis.summary; Vapi did not set analysis.summary.",
        "Taken: summary as analysis.summary.",
    )


async def test_a_link_that_needs_no_key_has_to_be_named_in_full() -> None:
    call = {**CALL, "artifact": {"presignedMonoUrl": "https://files.example.com/secret"}}
    for fields in (["id", "presignedMonoUrl"], ["id", "artifact.presigned_mono_url"]):
        got = await called(call, "get_single_vapi_call_by_id", id=ID, fields=fields)
        listed = await called(
            [{**call, "createdAt": "2026-01-01T00:00:00Z"}], "list_all_vapi_calls", fields=fields
        )
        assert "secret" not in got.text + listed.text


async def test_a_key_that_is_made_here_is_named_as_well() -> None:
    result = await called(TIMED, "get_single_vapi_call_by_id", id=ID, fields=["durationSeconds"])
    assert result.notes == ("The object has no durationSeconds; durationSeconds may be duration.",)


async def test_a_list_says_where_an_absent_key_is() -> None:
    items = [{**CALL, "createdAt": "2026-01-01T00:00:00.000Z"}]
    result = await called(items, "list_all_vapi_calls", fields=["id", "transcript", "artifact.x"])
    assert result.notes[1:] == (
        "Taken: transcript as artifact.transcript.",
        "No item has artifact.x; the keys of artifact are transcript, variableValues.",
    )
    assert orjson.loads(result.text)["result"] == [
        {"id": ID, "artifact": {"transcript": "AI: Hello"}}
    ]


async def test_a_search_says_where_an_absent_key_is() -> None:
    items = [{**CALL, "createdAt": "2026-01-01T00:00:00.000Z"}]
    result = await called(items, "list_all_vapi_calls", where={"transcript": "~hello"})
    assert orjson.loads(result.text)["result_count"] == 1
    assert "Taken: transcript as artifact.transcript." in result.notes


async def test_a_part_that_stands_elsewhere_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidArguments) as refused:
        await called(CALL, "get_single_vapi_call_by_id", id=ID, part="transcript")
    assert refused.value.message == (
        "The object has no 'transcript'; transcript is at artifact.transcript."
    )

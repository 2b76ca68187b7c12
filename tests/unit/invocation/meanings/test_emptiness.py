"""Answers that hold nothing say why."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, REGISTRY, called
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.meanings.empty_calls import status_notes

GET = "get_single_vapi_call_by_id"
ENDED: dict[str, Any] = {
    "id": ID,
    "status": "ended",
    "startedAt": "2026-01-01T00:00:00.000Z",
    "artifact": {
        "messages": [{"role": "user", "message": "Hi"}, {"role": "bot", "message": "Hello"}],
        "transcript": "User: Hi\nAI: Hello\n",
    },
}
SILENT = {"id": ID, "status": "ended", "endedReason": "customer-busy", "artifact": {}}
RUNNING = {"id": ID, "status": "in-progress"}
LOST = {**SILENT, "endedReason": "customer-ended-call", "startedAt": "2026-01-01T00:00:00.000Z"}
NO_MESSAGES = (
    "This call has no messages. Either nothing was said, or it is older than the retention of the "
    "account's plan, or its assistant keeps none (compliancePlan, artifactPlan)."
)
NO_MATCH = "None of the 2 items looked at is a match; alone meet: search 0."
WIDER = "Words are looked for anywhere, all together; for one of several write refund|money back."
NOT_ENDED = "The call is in-progress, not ended: this comes when it is over."
UNSPOKEN = "Nothing was said in this call: it ended with customer-busy."


def own(notes: tuple[str, ...]) -> list[str]:
    return [n for n in notes if not n.startswith(("Untrusted", "endedReason", "The object has"))]


async def test_a_search_without_a_match_says_how_much_it_looked_at() -> None:
    result = await called(ENDED, GET, id=ID, search="refund")
    assert own(result.notes) == [f"Nothing found; 2 turns were looked at. {WIDER}"]
    other = await called(ENDED, GET, id=ID, search="hello there")
    assert own(other.notes) == [f"Nothing found; 2 turns were looked at. {WIDER}"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (RUNNING, NOT_ENDED),
        (SILENT, UNSPOKEN),
        (LOST, NO_MESSAGES),
        (
            {**RUNNING, "status": "not-found"},
            "status not-found: Vapi has no data of this call, so nothing more can be read.",
        ),
    ],
)
async def test_a_call_without_a_conversation_says_why(call: dict[str, Any], told: str) -> None:
    searched = await called(call, GET, id=ID, search="refund")
    reduced = await called(call, GET, id=ID, fields=["id", "artifact.transcript"])
    with pytest.raises(InvalidArguments) as caught:
        await called(call, GET, id=ID, part="artifact.transcript")
    assert own(searched.notes) == [f"Nothing found; 0 turns were looked at. {told}"]
    assert own(reduced.notes) == [told]
    assert caught.value.message.endswith(told)


async def test_a_call_without_a_recording_says_that_recording_was_off() -> None:
    call = {**ENDED, "assistant": {"artifactPlan": {"recordingEnabled": False}}}
    result = await called(call, GET, id=ID, fields=["id", "artifact.recordingUrl"])
    assert own(result.notes) == [
        "The call was not recorded: artifactPlan.recordingEnabled is false."
    ]


async def test_rarer_statuses_are_explained_once() -> None:
    items = [
        {"id": str(n), "createdAt": f"2026-01-01T00:00:0{n}.000Z", "status": "deletion-failed"}
        for n in (2, 1)
    ]
    told = (
        "status deletion-failed: the call was to be erased and was not, or not wholly; repeat the "
        "deletion."
    )
    assert (await called(items, "list_all_vapi_calls")).notes == (told,)
    assert (await called(items, "list_all_vapi_calls", count_by=["status"])).notes == (told,)
    assert (await called({**items[0], "id": ID}, GET, id=ID)).notes == (told,)


async def test_null_groups_are_explained_once() -> None:
    items = [{"id": "a", "createdAt": "2026-01-01T00:00:01.000Z", "assistantId": "x"}]
    items += [{"id": "b", "createdAt": "2026-01-01T00:00:00.000Z"}]
    result = await called(items, "list_all_vapi_calls", count_by=["assistantId", "endedReason"])
    assert len(orjson.loads(result.text)["result"]) == 2
    assert (
        "assistantId null counts calls: 1 without an assistant; endedReason null counts calls that "
        "have not ended, or without a reason."
    ) in result.notes


async def test_a_group_of_calls_without_an_assistant_says_how_many_are_of_squads() -> None:
    assistant = {"name": "One-off"}
    of_squads = [{"squadId": "s"}, {"squad": {"members": []}}]
    items = [
        {"id": str(n), "createdAt": f"2026-01-01T00:00:0{n}.000Z", "assistantId": None, **each}
        for n, each in enumerate([{"assistant": assistant}, *of_squads, {}])
    ]
    result = await called(items, "list_all_vapi_calls", count_by=["assistantId"])
    assert (
        "assistantId null counts calls: 2 of a squad, 1 without an assistant, 1 with a one-off "
        "assistant (count_by squadId tells squads apart)."
    ) in result.notes


async def test_a_search_of_a_list_says_how_many_calls_have_a_conversation() -> None:
    items = [
        {**ENDED, "createdAt": "2026-01-01T00:00:01.000Z"},
        {**SILENT, "createdAt": "2026-01-01T00:00:00.000Z"},
    ]
    result = await called(items, "list_all_vapi_calls", search="refund")
    assert own(result.notes) == [f"{NO_MATCH} 1 of them have a conversation.", WIDER]


def test_a_campaign_with_voicemails_says_that_they_are_among_the_ended_calls() -> None:
    tool = REGISTRY.find("list_all_vapi_campaigns")
    told = ("callsCounterEnded includes callsCounterEndedVoicemail.",)
    counted = {"callsCounterEnded": 5, "callsCounterEndedVoicemail": 2}
    assert status_notes(tool, [counted, counted]) == told
    assert status_notes(tool, [{**counted, "callsCounterEndedVoicemail": 0}]) == ()

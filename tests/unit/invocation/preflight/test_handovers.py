"""Squads whose destinations name nobody: a note before anything is sent."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.invocation import ID, REGISTRY, ResultInvoker, granted
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse

OTHER = "0e0f7b61-5d5c-4f0c-8a3e-9d1a3d6c2b11"
DRY = "Dry run: this was checked here as a real call would be, and nothing was sent."


async def noted(
    tool: str, /, saved: dict[str, dict[str, Any]] | None = None, **arguments: Any
) -> tuple[tuple[str, ...], list[str]]:
    """Return the notes of a dry run and what was read for it."""
    read: list[str] = []

    async def answer(request: UpstreamRequest) -> UpstreamResponse:
        assert request.method == "GET"
        read.append(request.path)
        found = (saved or {}).get(request.path)
        body = orjson.dumps(found or {"message": "no"})
        return UpstreamResponse(200 if found else 404, {"content-type": "application/json"}, body)

    invoker = ResultInvoker(ScriptedUpstream(answer))
    given = {**arguments, "dry_run": True}
    result = await invoker.invoke(REGISTRY.find(tool), given, granted())
    return result.notes, read


def member(name: str, *destinations: str, **rest: Any) -> dict[str, Any]:
    """Return a member with an assistant of its own that hands over by name."""
    found = [{"type": "assistant", "assistantName": each} for each in destinations]
    return {"assistant": {"name": name}, "assistantDestinations": found, **rest}


async def test_a_destination_that_names_nobody_is_the_first_note() -> None:
    members = [member("Desk", "Billing", "Sales"), member("Billing", "Desk")]
    notes, read = await noted("create_a_vapi_squad", members=members)
    assert notes == (
        (
            "members[0].assistantDestinations[1] ('Sales') hands over to a name "
            "that no member of the squad has, so the call would not be handed "
            "over. Names of members: Billing and Desk."
        ),
        DRY,
    )
    assert read == []


async def test_an_update_that_drops_a_member_others_hand_over_to_says_so() -> None:
    context = {
        "assistantId": ID,
        "assistantDestinations": [{"type": "assistant", "assistantName": "Billing"}],
    }
    saved = {
        f"/squad/{ID}": {"id": ID, "members": [context, {"assistantId": OTHER}]},
        f"/assistant/{ID}": {"id": ID, "name": "Desk"},
        f"/assistant/{OTHER}": {"id": OTHER, "name": "Billing"},
    }
    notes, _ = await noted("update_a_vapi_squad_by_id", saved=saved, id=ID, members=[context])
    whole, _ = await noted(
        "update_a_vapi_squad_by_id", saved=saved, id=ID, members=[context, {"assistantId": OTHER}]
    )
    assert notes[0] == (
        "members[0].assistantDestinations[0] ('Billing') hands over to a name that no member of "
        "the squad has, so the call would not be handed over. Names of members: Desk."
    )
    assert whole == (DRY,)


async def test_names_of_saved_members_are_read_only_if_a_name_is_not_seen() -> None:
    saved = {f"/assistant/{ID}": {"id": ID, "name": "Billing"}}
    members = [member("Desk", "Billing"), {"assistantId": ID}]
    assert await noted("create_a_vapi_squad", saved=saved, members=members) == (
        (DRY,),
        [f"/assistant/{ID}"],
    )


async def test_nothing_is_said_where_a_member_cannot_be_read() -> None:
    members = [member("Desk", "Billing"), {"assistantId": ID}]
    notes, _ = await noted("create_a_vapi_squad", members=members)
    assert notes == (DRY,)


async def test_a_handoff_tool_inside_a_member_is_looked_at() -> None:
    tool = {"type": "handoff", "destinations": [{"type": "assistant", "assistantName": "Nobody"}]}
    model = {"provider": "openai", "model": "gpt-4.1", "tools": [tool]}
    members = [{"assistant": {"name": "Desk", "model": model}}]
    (note, _), _ = await noted("create_a_vapi_squad", members=members)
    assert note.startswith("members[0].assistant.model.tools[0].destinations[0] ('Nobody') hands")


@pytest.mark.parametrize(
    "destination",
    [
        {"type": "number", "number": "+14155550123"},
        {"type": "assistant", "assistantId": OTHER},
        {"type": "assistant", "assistantName": "New", "assistant": {"name": "New"}},
    ],
)
async def test_destinations_outside_the_squad_need_no_member(destination: dict[str, Any]) -> None:
    members = [{"assistant": {"name": "Desk"}, "assistantDestinations": [destination]}]
    notes, _ = await noted("create_a_vapi_squad", members=members)
    assert not any("hands over" in note for note in notes)

"""Ids inside bodies that must lead somewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

# property -> (kind of object, what Vapi calls it)
REFERENCES = {
    "assistantId": ("assistant", "Assistant"),
    "squadId": ("squad", "Squad"),
    "phoneNumberId": ("phone-number", "Phone Number"),
    "sessionId": ("session", "Session"),
    "previousChatId": ("chat", "Previous Chat"),
    "structuredOutputId": ("structured-output", "Structured Output"),
    "evalId": ("eval", "Eval"),
    "simulationId": ("simulation", "Simulation"),
    "scenarioId": ("simulation-scenario", "Scenario"),
    "personalityId": ("simulation-personality", "Personality"),
    "insightId": ("insight", "Insight"),
    "duplicateFromCampaignId": ("campaign", "Campaign"),
}


def check_references(sandbox: Sandbox, body: JsonObject, prefix: str = "") -> None:
    """Refuse with 400 when a top-level id of the body leads to nothing.

    Workflows are not simulated, so any `workflowId` leads to nothing.
    """
    for name, (kind, noun) in REFERENCES.items():
        value = body.get(name)
        if value is not None and sandbox.find(kind, value) is None:
            raise unresolved(noun, f"{prefix}{name}", value)
    if body.get("workflowId") is not None:
        raise unresolved("Workflow", f"{prefix}workflowId", body["workflowId"])
    _check_many(sandbox, body.get("assistantIds"), "assistant", "Assistant", "assistantIds")
    _check_many(sandbox, body.get("simulationIds"), "simulation", "Simulation", "simulationIds")


def check_members(sandbox: Sandbox, squad: JsonObject, prefix: str = "") -> None:
    """Refuse a squad without members, or with one that names no assistant that exists."""
    members: Any = squad.get("members")
    if not members:
        raise bad_request([f"{prefix}members should not be empty"])
    for index, member in enumerate(members):
        place = f"{prefix}members.{index}."
        if not member.get("assistantId") and not member.get("assistant"):
            raise bad_request(f"{place}assistantId Or {place}assistant Must Be Provided.")
        check_references(sandbox, member, place)


def unresolved(noun: str, name: str, value: object) -> Exception:
    """Build the 400 of an id that leads to nothing."""
    return bad_request(f"Couldn't Get {noun}. `{name}` {value} Does Not Exist.")


def _check_many(
    sandbox: Sandbox, ids: Iterable[Any] | None, kind: str, noun: str, name: str
) -> None:
    for value in ids or ():
        if sandbox.find(kind, value) is None:
            raise unresolved(noun, name, value)

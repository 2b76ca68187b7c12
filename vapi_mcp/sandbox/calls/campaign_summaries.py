"""Campaigns by the second version of the API: summaries, and the people who are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import Response

from vapi_mcp.sandbox.requests.filters import equals
from vapi_mcp.sandbox.requests.pagination import page_answer, part_answer
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources import campaigns
from vapi_mcp.sandbox.resources.crud import Handler
from vapi_mcp.sandbox.state.collection import Collection, JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

_LEFT_OUT = frozenset({"calls", "customers", "dialPlan"})
_FILTERS = {"id": equals("id"), "status": equals("status")}
_STATES: Mapping[str, str] = {
    "scheduled": "contact.pending",
    "queued": "contact.pending",
    "ended": "contact.completed",
}
_UNANSWERED = frozenset({"voicemail", "customer-busy", "customer-did-not-answer"})


def list_campaigns(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with a page of summaries."""
    counts = asked.query.get("includeCounters") is True
    found = [_summary(campaign, counted=counts) for campaign in sandbox.all("campaign")]
    return page_answer(Collection({each["id"]: each for each in found}), asked.query, _FILTERS)


def get_campaign(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with one summary."""
    counts = asked.query.get("includeCounters") is True
    return json_answer(_summary(sandbox.require("campaign", asked.id), counted=counts))


def list_contacts(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer with a page of the people of a campaign, in the order of dialling."""
    wanted: Any = asked.query.get("status")
    contacts = list(_contacts(sandbox.require("campaign", asked.id)))
    kept = [each for each in contacts if not wanted or each["status"] in wanted]
    return part_answer(kept, asked.query)


def _summary(campaign: JsonObject, *, counted: bool) -> JsonObject:
    plain = {name: value for name, value in campaign.items() if not name.startswith("callsCounter")}
    plain = {name: value for name, value in plain.items() if name not in _LEFT_OUT}
    if not counted:
        return plain
    calls: list[JsonObject] = list(campaign["calls"].values())
    states = Counter(_state(call) for call in calls)
    names = ("pending", "dispatched", "completed", "failed", "skipped")
    counters = {name: states[f"contact.{name}"] for name in names}
    dialled = [call for call in calls if call.get("startedAt")]
    picked = [call for call in dialled if call.get("endedReason") not in _UNANSWERED]
    return {
        **plain,
        "contactCounters": {**counters, "predialFailed": 0},
        "callMetrics": {"dialed": len(dialled), "connected": len(picked)},
    }


def _contacts(campaign: JsonObject) -> Iterator[JsonObject]:
    for call_id, call in campaign["calls"].items():
        customer = call.get("customer") or {}
        fields = {
            "id": call_id,
            "number": customer.get("number", ""),
            "name": customer.get("name"),
            "status": _state(call),
            "callId": call_id,
            "dispatchedAt": call.get("startedAt"),
            "endedReason": call.get("endedReason"),
        }
        yield {name: value for name, value in fields.items() if value is not None}


def _state(call: JsonObject) -> str:
    return _STATES.get(call.get("status", ""), "contact.dispatched")


HANDLERS: Mapping[str, Handler] = {
    "POST /v2/campaign": campaigns.create_campaign,
    "GET /v2/campaign": list_campaigns,
    "GET /v2/campaign/{id}": get_campaign,
    "PATCH /v2/campaign/{id}": campaigns.update_campaign,
    "DELETE /v2/campaign/{id}": campaigns.delete_campaign,
    "GET /v2/campaign/{id}/contacts": list_contacts,
}

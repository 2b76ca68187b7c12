"""Campaigns: many calls from one order, a few at a time, and the counters that follow them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from vapi_mcp.sandbox.calls import dialling
from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.resources.crud import Handler, object_answer, present, replaced, success
from vapi_mcp.sandbox.resources.rules import number_complaint, one_at_most, one_of
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_moment, to_text
from vapi_mcp.sandbox.state.references import check_references, unresolved
from vapi_mcp.sandbox.state.sandbox import Sandbox

MAX_CUSTOMERS = 10_000
DEFAULT_CONCURRENCY = 10
# How long a slot is taken before the next customer in line is dialled.
TURNOVER = timedelta(seconds=75)

_SPEAKERS = ("assistantId", "workflowId", "squadId")
_COUNTERS = {
    "callsCounterScheduled": ("scheduled",),
    "callsCounterQueued": ("queued",),
    "callsCounterInProgress": ("ringing", "in-progress", "forwarding"),
    "callsCounterEnded": ("ended",),
}
# What a campaign says about each of its calls.
_SUMMARY = ("id", "status", "endedReason", "customer", "createdAt", "startedAt", "endedAt", "cost")
_INHERITED = (*_SPEAKERS, "phoneNumberId", "dialPlan", "customers", "maxConcurrency")


def create_campaign(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Store a campaign and its calls; it starts at once unless it has a plan."""
    fields = _with_source(sandbox, present(asked.body))
    _check_campaign(sandbox, fields)
    campaign = sandbox.create("campaign", {**fields, "status": "scheduled", "calls": {}})
    _dial_all(sandbox, campaign, asked.base_url)
    return object_answer(
        sandbox, "campaign", sandbox.require("campaign", campaign["id"]), success(asked)
    )


def update_campaign(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Change a campaign that has not started, or end one that has not ended."""
    stored = sandbox.require("campaign", asked.id)
    changes = asked.body
    if stored["status"] not in ("scheduled", "in-progress"):
        raise bad_request(f"Couldn't Update Campaign. It Is Already {stored['status']}.")
    if stored["status"] == "in-progress" and set(changes) - {"status"}:
        raise bad_request("Couldn't Update Campaign. Only `status` Can Change After It Started.")
    if changes.get("status"):
        campaign = _stop(sandbox, stored, changes["status"])
    else:
        campaign = _replan(sandbox, stored, changes, asked.base_url)
    return object_answer(sandbox, "campaign", campaign)


def delete_campaign(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Drop a campaign; what it has not dialled yet is not dialled any more."""
    stored = sandbox.require("campaign", asked.id)
    answer = object_answer(sandbox, "campaign", stored)
    _cancel_calls(sandbox, stored)
    sandbox.remove("campaign", asked.id)
    return answer


def note_call(sandbox: Sandbox, call: JsonObject, moment: datetime) -> None:
    """Remember that a call of a campaign has moved; `recount` makes the campaign follow."""
    sandbox.touched[call["campaignId"]] = moment


def recount(sandbox: Sandbox) -> None:
    """Bring every campaign whose calls have moved up to date."""
    while sandbox.touched:
        campaign_id, moment = sandbox.touched.popitem()
        campaign = sandbox.find("campaign", campaign_id)
        if campaign is not None:
            sandbox.put("campaign", _counted(sandbox, campaign, moment))


def _counted(sandbox: Sandbox, campaign: JsonObject, moment: datetime) -> JsonObject:
    calls: dict[str, Any] = {
        call_id: _summary(found) if (found := sandbox.find("call", call_id)) else call
        for call_id, call in campaign["calls"].items()
    }
    statuses = Counter(call.get("status") for call in calls.values())
    voicemails = sum(call.get("endedReason") == "voicemail" for call in calls.values())
    counted = {
        **campaign,
        "updatedAt": to_text(moment),
        "calls": calls,
        **{name: sum(statuses[s] for s in found) for name, found in _COUNTERS.items()},
        "callsCounterEndedVoicemail": voicemails,
    }
    if campaign["status"] not in ("scheduled", "in-progress"):
        return counted
    if statuses["ended"] == len(calls):
        return {**counted, "status": "ended", "endedReason": "campaign.ended.success"}
    has_begun = statuses["scheduled"] < len(calls)
    return {**counted, "status": "in-progress" if has_begun else "scheduled"}


def _summary(call: JsonObject) -> JsonObject:
    return {name: call[name] for name in _SUMMARY if name in call}


def _with_source(sandbox: Sandbox, fields: JsonObject) -> JsonObject:
    """Fill in what a campaign takes over from the one it duplicates."""
    source_id = fields.pop("duplicateFromCampaignId", None)
    if source_id is None:
        return fields
    source = sandbox.find("campaign", source_id)
    if source is None:
        raise unresolved("Campaign", "duplicateFromCampaignId", source_id)
    inherited = {name: source[name] for name in _INHERITED if name in source}
    if any(fields.get(name) for name in _SPEAKERS):
        inherited = {k: v for k, v in inherited.items() if k not in _SPEAKERS}
    return {**inherited, **fields}


def _check_campaign(sandbox: Sandbox, fields: JsonObject) -> None:
    one_of(fields, _SPEAKERS)
    one_at_most(fields, ("phoneNumberId", "dialPlan"), ("customers", "dialPlan"))
    if not fields.get("dialPlan") and not (fields.get("phoneNumberId") and fields.get("customers")):
        raise bad_request("Need Either `phoneNumberId` And `customers`, Or `dialPlan`.")
    check_references(sandbox, fields)
    entries = list(_entries(fields))
    if len(entries) > MAX_CUSTOMERS:
        raise bad_request([f"customers must contain no more than {MAX_CUSTOMERS} elements"])
    complaints = [number_complaint(c, f"customers.{i}.") for i, (_, c) in enumerate(entries)]
    if any(complaints):
        raise bad_request([complaint for complaint in complaints if complaint])
    _check_numbers(sandbox, {number_id for number_id, _ in entries})


def _check_numbers(sandbox: Sandbox, number_ids: set[str]) -> None:
    for number_id in number_ids:
        number = sandbox.find("phone-number", number_id)
        if number is None:
            raise unresolved("Phone Number", "phoneNumberId", number_id)
        if number["provider"] == "vapi":
            raise bad_request(
                "Couldn't Create Campaign. Free Vapi Numbers Cannot Be Used In Campaigns. "
                "Import A Number From Twilio, Vonage Or Telnyx."
            )


def _entries(campaign: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """Yield the number to dial from and the customer, for every customer in order."""
    plan = campaign.get("dialPlan") or [
        {"phoneNumberId": campaign["phoneNumberId"], "customers": campaign["customers"]}
    ]
    for entry in plan:
        for customer in entry["customers"]:
            yield entry["phoneNumberId"], customer


def _dial_all(sandbox: Sandbox, campaign: JsonObject, base_url: str) -> None:
    now = sandbox.now()
    start = to_moment((campaign.get("schedulePlan") or {}).get("earliestAt")) or now
    slots = int(campaign.get("maxConcurrency") or DEFAULT_CONCURRENCY)
    names = (*_SPEAKERS, "assistantOverrides", "squadOverrides")
    shared = {name: campaign[name] for name in names if name in campaign}
    calls: JsonObject = {}
    for index, (number_id, customer) in enumerate(_entries(campaign)):
        due = max(start, now) + TURNOVER * (index // slots)
        plan = {"schedulePlan": {"earliestAt": to_text(due)}} if due > now else {}
        fields = {**shared, **plan, "phoneNumberId": number_id, "campaignId": campaign["id"]}
        call = dialling.place(sandbox, {**fields, "customer": customer}, base_url)
        calls[call["id"]] = call
    sandbox.put("campaign", _counted(sandbox, {**campaign, "calls": calls}, now))


def _replan(sandbox: Sandbox, stored: JsonObject, changes: JsonObject, base_url: str) -> JsonObject:
    """Change a campaign before its start; its calls are planned anew."""
    campaign = replaced(sandbox, stored, changes)
    _check_campaign(sandbox, campaign)
    for call_id in stored["calls"]:
        sandbox.remove("call", call_id)
    _dial_all(sandbox, {**campaign, "status": "scheduled"}, base_url)
    return sandbox.require("campaign", campaign["id"])


def _stop(sandbox: Sandbox, stored: JsonObject, status: str) -> JsonObject:
    reason = f"campaign.{stored['status']}.ended-by-user"
    campaign = {**stored, "status": status, "endedReason": reason}
    sandbox.put("campaign", campaign)
    _cancel_calls(sandbox, campaign)
    campaign = _counted(sandbox, campaign, sandbox.now())
    sandbox.put("campaign", campaign)
    return campaign


def _cancel_calls(sandbox: Sandbox, campaign: JsonObject) -> None:
    for call_id in campaign["calls"]:
        call = sandbox.find("call", call_id)
        if call is not None and call["status"] in ("scheduled", "queued"):
            dialling.cancel(sandbox, call, "manually-canceled")


HANDLERS: Mapping[str, Handler] = {
    "POST /campaign": create_campaign,
    "PATCH /campaign/{id}": update_campaign,
    "DELETE /campaign/{id}": delete_campaign,
}

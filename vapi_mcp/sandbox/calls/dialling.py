"""New calls: their type, line and monitoring."""

from __future__ import annotations

from datetime import datetime

from vapi_mcp.sandbox.resources.assistants import speaking_assistant
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_moment, to_text
from vapi_mcp.sandbox.state.sandbox import Sandbox

_TYPES = {"daily": "webCall", "vapi.websocket": "vapi.websocketCall"}
_CARRIERS = {"twilio": "twilio", "vonage": "vonage", "telnyx": "telnyx"}


def place(sandbox: Sandbox, fields: JsonObject, base_url: str) -> JsonObject:
    """Store a call, queued or scheduled, and let the agenda take it further."""
    due = _due(sandbox, fields)
    kind = _TYPES.get((fields.get("transport") or {}).get("provider", ""), "outboundPhoneCall")
    call = sandbox.create(
        "call",
        {
            "type": kind,
            "status": "scheduled" if due > sandbox.now() else "queued",
            "cost": 0,
            **(_line(sandbox, fields) if kind == "outboundPhoneCall" else {}),
            **fields,
        },
    )
    call = {**call, **_monitor(sandbox, call, base_url)}
    if kind == "webCall":
        room = {"callUrl": f"{base_url}/web-call/{call['id']}"}
        call["transport"] = {**room, **fields["transport"]}
    sandbox.put("call", call)
    sandbox.agenda.add(due, "call", call["id"])
    return call


def controlled_here(call: JsonObject, base_url: str) -> JsonObject:
    """Return a call whose control URL leads here; those of the seed lead to Vapi."""
    monitor = call.get("monitor") or {}
    if "controlUrl" not in monitor:
        return call
    return {**call, "monitor": {**monitor, "controlUrl": f"{base_url}/{call['id']}/control"}}


def cancel(sandbox: Sandbox, call: JsonObject, reason: str) -> JsonObject:
    """End a call that was not dialled yet, and return it."""
    stamp = sandbox.stamp()
    ended = {**call, "status": "ended", "endedReason": reason, "endedAt": stamp, "cost": 0}
    ended["updatedAt"] = stamp
    sandbox.put("call", ended)
    return ended


def _due(sandbox: Sandbox, fields: JsonObject) -> datetime:
    planned = to_moment((fields.get("schedulePlan") or {}).get("earliestAt"))
    now = stored_moment(to_text(sandbox.now()))
    return max(planned, now) if planned else now


def _line(sandbox: Sandbox, fields: JsonObject) -> JsonObject:
    number = sandbox.find("phone-number", fields.get("phoneNumberId"))
    if number is None:
        return {"phoneCallProvider": "twilio", "phoneCallTransport": "pstn"}
    is_sip = number["provider"] == "byo-phone-number" or not number.get("number")
    return {
        "phoneCallProvider": _CARRIERS.get(number["provider"], "vapi"),
        "phoneCallTransport": "sip" if is_sip else "pstn",
    }


def _monitor(sandbox: Sandbox, call: JsonObject, base_url: str) -> JsonObject:
    assistant = speaking_assistant(sandbox, call) or {}
    plan = assistant.get("monitorPlan") or {}
    monitor: JsonObject = {}
    if plan.get("listenEnabled") is not False:
        monitor["listenUrl"] = f"ws{base_url.removeprefix('http')}/{call['id']}/listen"
    if plan.get("controlEnabled") is not False:
        monitor["controlUrl"] = f"{base_url}/{call['id']}/control"
    return {"monitor": monitor}

"""Seeded calls without a conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.artifacts import log_link
from vapi_mcp.sandbox.seed.calls.costs import price_nothing
from vapi_mcp.sandbox.seed.calls.frame import Frame, later, skeleton
from vapi_mcp.sandbox.seed.draws import iso

Part = dict[str, Any]

_START_ERRORS = (
    "call.start.error-subscription-insufficient-credits",
    "call.start.error-get-customer",
    "call.start.error-vapi-number-international",
)
_FAILURES = {
    "no-answer": ("customer-did-not-answer", 32_000, ""),
    "busy": ("customer-busy", 3_400, ""),
    "no-microphone": ("customer-did-not-give-microphone-permission", 9_000, ""),
    "no-transport": (
        "call.start.error-get-transport",
        240,
        "Vapi numbers with a SIP address only cannot dial out.",
    ),
    "provider-error": ("twilio-failed-to-connect-call", 1_900, "The carrier refused the call."),
    "start-error": ("", 310, "The call could not be started."),
    "cancelled": ("scheduled-call-deleted", 5_400_000, ""),
}
_PENDING = {"scheduled", "queued", "ringing", "in-progress", "forwarding"}


def is_silent(ending: str) -> bool:
    """Whether nothing was said in a call that ends like this, or nothing is known yet."""
    return ending in _FAILURES or ending in _PENDING or ending == "not-found"


def silent_call(frame: Frame) -> Part:
    """Return a call nobody spoke in: not yet begun, still running, never connected, or lost."""
    ending = frame.placement.ending
    if ending in _FAILURES:
        return _failed(frame)
    if ending == "not-found":
        return skeleton(frame) | {"status": "not-found"}
    return _pending(frame)


def _failed(frame: Frame) -> Part:
    ending, index = frame.placement.ending, frame.placement.index
    reason, milliseconds, explanation = _FAILURES[ending]
    ended = later(frame.created, milliseconds + frame.rng.randrange(900))
    call = skeleton(frame) | {
        "status": "ended",
        "endedReason": reason or _START_ERRORS[index % len(_START_ERRORS)],
        "endedAt": iso(ended),
        "updatedAt": iso(ended),
        **price_nothing(),
    }
    if explanation:
        call["endedMessage"] = explanation
    if ending == "cancelled":
        return call | {"schedulePlan": _schedule(frame)}
    moment = round(ended.timestamp() * 1000)
    return call | {"messages": [], "artifact": {"logUrl": log_link(frame.call_id, moment)}}


def _pending(frame: Frame) -> Part:
    ending = frame.placement.ending
    call = skeleton(frame) | {"status": ending}
    if ending == "scheduled":
        return call | {"schedulePlan": _schedule(frame)}
    if ending == "queued":
        return call
    call["monitor"] = _monitor(frame)
    if ending == "ringing":
        return call
    started = _started(frame)
    call |= {"startedAt": iso(started), "updatedAt": iso(started)}
    if ending == "forwarding":
        call["destination"] = {"type": "number", "number": "+14155550190"}
    return call


def _started(frame: Frame) -> datetime:
    return later(frame.created, frame.rng.randrange(900, 6000))


def _schedule(frame: Frame) -> Part:
    earliest = later(frame.draws.now, 3_600_000 * frame.rng.randrange(6, 96))
    return {"earliestAt": iso(earliest), "latestAt": iso(later(earliest, 7_200_000))}


def _monitor(frame: Frame) -> Part:
    host = f"phone-call-websocket.aws-us-west-2-backend-production{frame.rng.randrange(1, 4)}"
    path = f"{host}.vapi.ai/{frame.call_id}"
    name = PROFILES[frame.placement.slot.assistant].key
    return {
        "monitors": [
            {"monitorId": frame.draws.id_of("monitor", name), "filterPassed": True},
        ],
        "listenUrl": f"wss://{path}/listen",
        "controlUrl": f"https://{path}/control",
    }

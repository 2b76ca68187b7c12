"""A call's way from queued to ended. Its times follow from its id and its clock alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vapi_mcp.sandbox.calls.report import report
from vapi_mcp.sandbox.resources import campaigns
from vapi_mcp.sandbox.resources.assistants import speaking_assistant
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_moment, to_text
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.seeded_random import chance

LIVE = frozenset({"scheduled", "queued", "ringing", "in-progress"})
QUEUED = timedelta(seconds=1)
RINGING = timedelta(seconds=3)
SHORTEST, LONGEST = 20.0, 60.0
DEFAULT_MAXIMUM = 600

# Last four digits of the customer's number -> how the call ends, and after how many seconds.
FATES: dict[str, tuple[str, float]] = {
    "0191": ("customer-busy", 0),
    "0192": ("customer-did-not-answer", 0),
    "0193": ("voicemail", 8),
    "0194": ("silence-timed-out", 30),
    "0195": ("twilio-failed-to-connect-call", 0),
}


@dataclass(frozen=True, slots=True)
class Timeline:
    """The instants of a call's life and why it ends."""

    dialled: datetime
    ringing: datetime
    answered: datetime
    ended: datetime
    reason: str


def timeline(sandbox: Sandbox, call: JsonObject) -> Timeline:
    """Return the instants of a call."""
    dialled = _dial_time(sandbox, call)
    ringing = dialled + QUEUED
    answered = to_moment(call.get("startedAt")) or ringing + (
        timedelta(0) if call["type"] == "webCall" else RINGING
    )
    reason, seconds = _fate(sandbox, call)
    talking = max(answered, sandbox.resumed.get(call["id"], answered))
    return Timeline(dialled, ringing, answered, talking + timedelta(seconds=seconds), reason)


def _dial_time(sandbox: Sandbox, call: JsonObject) -> datetime:
    """Return when a call is dialled: at its creation, or when its plan says so.

    A call that was already under way when the sandbox started goes on from there.
    """
    created = stored_moment(call["createdAt"])
    planned = to_moment((call.get("schedulePlan") or {}).get("earliestAt"))
    resumed = sandbox.resumed.get(call["id"], created)
    if call["status"] == "ringing":
        resumed -= QUEUED
    return max(created, resumed, planned or created)


def advance(sandbox: Sandbox, call_id: str, now: datetime) -> datetime | None:
    """Bring a call to where it is at this instant; return when it changes next, if it does."""
    call = sandbox.find("call", call_id)
    if call is None or call.get("status") not in LIVE:
        return None
    line = timeline(sandbox, call)
    if now < line.dialled:
        return line.dialled
    if call["status"] in ("scheduled", "queued") and now >= line.ringing:
        failure = _start_failure(sandbox, call)
        if failure:
            _end(sandbox, call, line.ringing, failure)
            return None
    return _move(sandbox, call, line, now)


def end_now(sandbox: Sandbox, call: JsonObject, reason: str) -> None:
    """End a call that is under way, as whoever controls it wants."""
    line = replace(timeline(sandbox, call), ended=sandbox.now(), reason=reason)
    _conclude(sandbox, call, line)


def _move(sandbox: Sandbox, call: JsonObject, line: Timeline, now: datetime) -> datetime | None:
    if now >= line.ended:
        if line.ended == line.answered:
            _end(sandbox, call, line.ended, line.reason)
        else:
            _conclude(sandbox, call, line)
        return None
    if now >= line.answered:
        started = to_text(line.answered)
        _store(sandbox, {**call, "status": "in-progress", "startedAt": started}, line.answered)
        return line.ended
    if now >= line.ringing:
        _store(sandbox, {**call, "status": "ringing"}, line.ringing)
        return line.answered
    _store(sandbox, {**call, "status": "queued"}, line.dialled)
    return line.ringing


def _fate(sandbox: Sandbox, call: JsonObject) -> tuple[str, float]:
    number = (call.get("customer") or {}).get("number") or ""
    if number[-4:] in FATES:
        return FATES[number[-4:]]
    draw = chance(call["id"])
    seconds = round(draw.uniform(SHORTEST, LONGEST), 3)
    reason = draw.choice(("customer-ended-call", "assistant-ended-call"))
    assistant = speaking_assistant(sandbox, call) or {}
    longest = assistant.get("maxDurationSeconds") or DEFAULT_MAXIMUM
    return ("exceeded-max-duration", longest) if longest < seconds else (reason, seconds)


def _start_failure(sandbox: Sandbox, call: JsonObject) -> str | None:
    """Say why a call cannot start: saved parts are read again when it is dialled."""
    if speaking_assistant(sandbox, call) is None:
        return (
            "assistant-not-found" if call.get("assistantId") else "call.start.error-get-assistant"
        )
    if not call.get("phoneNumberId"):
        return None
    number = sandbox.find("phone-number", call["phoneNumberId"])
    if number is None:
        return "call.start.error-get-phone-number"
    if number["provider"] != "vapi":
        return None
    if not number.get("number"):
        return "call.start.error-get-transport"
    dialled = (call.get("customer") or {}).get("number") or ""
    is_foreign = dialled.startswith("+") and not dialled.startswith("+1")
    return "call.start.error-vapi-number-international" if is_foreign else None


def _end(sandbox: Sandbox, call: JsonObject, moment: datetime, reason: str) -> JsonObject:
    """End a call without any speech."""
    ended = {**call, "status": "ended", "endedReason": reason, "endedAt": to_text(moment)}
    ended |= {"messages": [], "costs": [], "cost": 0}
    return _store(sandbox, ended, moment)


def _conclude(sandbox: Sandbox, call: JsonObject, line: Timeline) -> None:
    """End a call that was answered, with all that is known of it afterwards."""
    ended = {
        **call,
        "status": "ended",
        "startedAt": to_text(line.answered),
        "endedAt": to_text(line.ended),
        "endedReason": line.reason,
    }
    _store(sandbox, {**ended, **report(sandbox, ended, line.answered, line.ended)}, line.ended)


def _store(sandbox: Sandbox, call: JsonObject, moment: datetime) -> JsonObject:
    call["updatedAt"] = to_text(moment)
    sandbox.put("call", call)
    if call.get("campaignId"):
        campaigns.note_call(sandbox, call, moment)
    return call

"""Seeded calls with a conversation."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.artifacts import Media, artifact_of, performance_of
from vapi_mcp.sandbox.seed.calls.costs import price_call
from vapi_mcp.sandbox.seed.calls.endings import ended_reason, play_script, play_voicemail
from vapi_mcp.sandbox.seed.calls.findings import analysis_of, findings_of
from vapi_mcp.sandbox.seed.calls.frame import Frame, later, skeleton, variables_of
from vapi_mcp.sandbox.seed.calls.manifests import read_manifest
from vapi_mcp.sandbox.seed.calls.scripts import Line
from vapi_mcp.sandbox.seed.calls.tape import Tape
from vapi_mcp.sandbox.seed.draws import iso
from vapi_mcp.sandbox.seed.phone_numbers import provider_of

Part = dict[str, Any]

_PACKET_PROVIDERS = {"vapi", "byo-phone-number"}


def spoken_call(frame: Frame) -> Part:
    """Return a finished call in which somebody spoke."""
    ending = frame.placement.ending
    script = frame.script
    tape = _record(frame)
    ended = later(tape.start, tape.clock)
    mailbox = ending == "voicemail"
    private = ending == "private"
    call: Part = skeleton(frame) | {
        "status": "deletion-failed" if ending == "deletion-failed" else "ended",
        "endedReason": ended_reason(tape.assistant, script, ending),
        "startedAt": iso(tape.start),
        "endedAt": iso(ended),
        "updatedAt": iso(later(ended, frame.rng.randrange(4000, 31_000))),
        **price_call(tape, frame.carrier, mailbox=mailbox, analysed=not private),
    }
    if ending == "overtime":
        limit = {"maxDurationSeconds": tape.clock // 1000}
        call["assistantOverrides"] = call["assistantOverrides"] | limit
    if call["endedReason"] == "assistant-forwarded-call":
        call["destination"] = _destination(tape)
    return call | (_nothing_kept(call, tape) if private else _kept(frame, tape))


def _kept(frame: Frame, tape: Tape) -> Part:
    script, ending = frame.script, frame.placement.ending
    variables = variables_of(frame) | {"transport": {"conversationType": "voice"}}
    artifact = artifact_of(tape, frame.call_id, _media(frame), variables)
    return {
        "messages": tape.messages,
        "artifact": artifact | findings_of(tape, script, frame.scene, ending),
        "analysis": analysis_of(script, frame.scene, ending),
    }


def _nothing_kept(call: Part, tape: Tape) -> Part:
    """Keep cost and latency alone, as an organisation without data retention does."""
    overrides = call["assistantOverrides"] | {
        "compliancePlan": {"hipaaEnabled": True},
        "artifactPlan": {
            "recordingEnabled": False,
            "loggingEnabled": False,
            "pcapEnabled": False,
            "transcriptPlan": {"enabled": False},
        },
    }
    return {
        "assistantOverrides": overrides,
        "messages": [],
        "artifact": {"messages": [], "performanceMetrics": performance_of(tape)},
        "analysis": {},
    }


def _record(frame: Frame) -> Tape:
    slot, ending = frame.placement.slot, frame.placement.ending
    ringing = frame.rng.randrange(4000, 14_000) if frame.is_outbound else 400
    start = later(frame.created, ringing + frame.rng.randrange(600))
    tape = Tape(frame.draws, frame.rng, start, slot.assistant)
    tape.open(slot.assistant)
    if ending == "voicemail":
        extras = PROFILES[slot.assistant].extras or {}
        play_voicemail(tape, frame.person.first, extras["voicemailMessage"])
    else:
        play_script(tape, _lines(frame), ending, frame.locale)
    return tape


def _lines(frame: Frame) -> list[Line]:
    slot = frame.placement.slot
    manifest: list[Line] = []
    if slot.parcels:
        count = slot.parcels[frame.placement.index]
        frame.scene["count"] = str(count)
        manifest = list(read_manifest(frame.rng, count))
    return [line.filled(frame.scene) for line in frame.script.lines] + manifest


def _media(frame: Frame) -> Media:
    slot = frame.placement.slot
    return Media(
        video=slot.key == "lobby-video",
        packets=slot.number is not None and provider_of(slot.number) in _PACKET_PROVIDERS,
    )


def _destination(tape: Tape) -> Part:
    number = "+493023125911" if tape.assistant == "workshop" else "+14155550190"
    return {"type": "number", "number": number}

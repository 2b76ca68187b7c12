"""Analyses of seeded calls."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.scripts import Script
from vapi_mcp.sandbox.seed.calls.tape import Tape
from vapi_mcp.sandbox.seed.draws import SeededRandom
from vapi_mcp.sandbox.seed.scorecards import score_call
from vapi_mcp.sandbox.seed.structured_outputs import OUTPUTS

Part = dict[str, Any]

_BROKEN_OFF = {
    "hangup": "The caller hung up before the conversation came to its point.",
    "silence": "The caller stopped answering, and the call ended after two attempts to reach them.",
    "pipeline": "The call broke off because of a technical error.",
    "overtime": "The call reached the longest duration allowed and was ended by the system.",
    "voicemail": "Nobody answered; the assistant left a message on the voicemail.",
}


def analysis_of(script: Script, scene: dict[str, str], ending: str) -> Part:
    """Return summary, evaluation and structured data of a conversation."""
    if ending in _BROKEN_OFF:
        return {
            "summary": _BROKEN_OFF[ending],
            "successEvaluation": "false",
            "structuredData": {"outcome": ending},
        }
    return {
        "summary": str(script.fact("summary", scene)),
        "successEvaluation": str(script.fact("success", scene)).lower(),
        "structuredData": script.fact("data", scene),
    }


def findings_of(tape: Tape, script: Script, scene: dict[str, str], ending: str) -> Part:
    """Return what structured outputs and scorecards found, ready to join the artifact."""
    draws = tape.draws
    outputs = list(dict.fromkeys(key for who in tape.active for key in PROFILES[who].outputs))
    cards = list(dict.fromkeys(key for who in tape.active for key in PROFILES[who].scorecards))
    known = _results(tape, script, scene, ending)
    results = {key: known[key] for key in outputs if known.get(key) is not None}
    findings: Part = {
        "structuredOutputs": {
            draws.id_of("structured-output", key): {"name": OUTPUTS[key]["name"], "result": result}
            for key, result in results.items()
        },
    }
    if cards:
        findings["scorecards"] = {
            draws.id_of("scorecard", card): score_call(draws, card, results) for card in cards
        }
    skipped = _skipped(draws, [key for key in outputs if key not in results])
    return findings | ({"skippedStructuredOutputs": skipped} if skipped else {})


def _results(tape: Tape, script: Script, scene: dict[str, str], ending: str) -> Part:
    data = script.fact("data", scene) or {}
    whole = ending not in _BROKEN_OFF
    empathy = script.fact("empathy", scene)
    said = "".join(tape.spoken)
    return {
        "empathy": _empathy(tape, empathy, whole=whole),
        "resolved": bool(script.fact("resolved", scene)) and whole,
        "category": script.fact("category", scene) if whole else "broken off",
        "order": scene["order"] if scene["order"] in said else None,
        "qualified": bool(script.fact("qualified", scene)) and whole,
        "appointment": {
            "booked": bool(data.get("appointmentBooked")) and whole,
            **{name: data[name] for name in ("date", "time", "dentist") if whole and name in data},
        },
    }


def _empathy(tape: Tape, judged: int | None, *, whole: bool) -> int | None:
    """Judge the whole conversation with a little noise, a broken one low; a short one not."""
    turns = sum(message["role"] != "system" for message in tape.messages)
    if judged is None or turns < OUTPUTS["empathy"]["conditions"][0]["count"]:
        return None
    return judged + tape.rng.randrange(-4, 5) if whole else tape.rng.randrange(40, 72)


def _skipped(draws: SeededRandom, keys: list[str]) -> Part:
    return {
        draws.id_of("structured-output", key): {
            "name": OUTPUTS[key]["name"],
            "unmetCondition": OUTPUTS[key]["conditions"][0],
        }
        for key in keys
        if "conditions" in OUTPUTS[key]
    }

"""Costs of seeded calls."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.calls.tape import Tape

Part = dict[str, Any]

# Dollars a minute, a thousand tokens or a thousand characters; near what the providers charge.
_TRANSPORT = {"twilio": 0.014, "vonage": 0.013, "telnyx": 0.007, "daily": 0.0009}
_TRANSCRIBER = 0.0097
_VOICE = 0.024
_PROMPT, _COMPLETION = 0.00055, 0.0021
_VAPI = 0.05
_ANALYSES = ("summary", "structuredData", "successEvaluation", "structuredOutput")


def price_call(tape: Tape, transport: str, *, mailbox: bool, analysed: bool) -> Part:
    """Return `cost`, `costs` and `costBreakdown` of a conversation, in dollars; they add up."""
    minutes = round(tape.clock / 60_000, 4)
    completion = tape.completion_characters // 4
    costs = [
        _timed("transport", minutes, _TRANSPORT.get(transport, 0), provider=transport),
        *_spoken_costs(tape, minutes, completion),
        _timed("vapi", minutes, _VAPI, subType="normal"),
    ]
    if analysed:
        costs += _analyses(tape, completion)
    if mailbox:
        costs.append(_mailbox_detection())
    total = _dollars(sum(cost["cost"] for cost in costs))
    return {"cost": total, "costs": costs, "costBreakdown": _breakdown(costs, total)}


def price_nothing() -> Part:
    """Return the costs of a call that never connected."""
    return {"cost": 0, "costs": [], "costBreakdown": _breakdown([], 0)}


def _timed(kind: str, minutes: float, rate: float, **what: Any) -> Part:
    return {"type": kind, **what, "minutes": minutes, "cost": _dollars(minutes * rate)}


def _spoken_costs(tape: Tape, minutes: float, completion: int) -> list[Part]:
    profile = PROFILES[tape.assistant]
    characters = tape.completion_characters
    model = (tape.prompt_tokens * _PROMPT + completion * _COMPLETION) / 1000
    return [
        _timed("transcriber", minutes, _TRANSCRIBER, transcriber=_named(profile.transcriber)),
        {
            "type": "model",
            "model": _named(profile.model),
            "promptTokens": tape.prompt_tokens,
            "completionTokens": completion,
            "cachedPromptTokens": tape.prompt_tokens * 3 // 5,
            "cost": _dollars(model),
        },
        {
            "type": "voice",
            "voice": _named(profile.voice),
            "characters": characters,
            "cost": _dollars(characters * _VOICE / 1000),
        },
    ]


def _analyses(tape: Tape, completion: int) -> list[Part]:
    tokens = 300 + tape.context // 3
    return [
        {
            "type": "analysis",
            "analysisType": kind,
            "model": {"provider": "openai", "model": "gpt-4.1-mini"},
            "promptTokens": tokens,
            "completionTokens": 40 + completion % 90,
            "cachedPromptTokens": 0,
            "cost": _dollars(tokens * 0.0004 / 1000 + 0.0001),
        }
        for kind in _ANALYSES
    ]


def _mailbox_detection() -> Part:
    """Detection is part of the platform's price, so it is listed and costs nothing."""
    return {
        "type": "voicemail-detection",
        "model": {"provider": "vapi", "model": "audio"},
        "provider": "vapi",
        "promptTextTokens": 0,
        "promptAudioTokens": 120,
        "completionTextTokens": 4,
        "completionAudioTokens": 0,
        "cost": 0,
    }


def _breakdown(costs: list[Part], total: float) -> Part:
    by_type = {cost["type"]: cost for cost in costs}

    def of(kind: str, what: str = "cost") -> float:
        return by_type.get(kind, {}).get(what, 0)

    return {
        "transport": of("transport"),
        "stt": of("transcriber"),
        "llm": of("model"),
        "tts": of("voice"),
        "vapi": of("vapi"),
        "chat": 0,
        "total": total,
        "llmPromptTokens": of("model", "promptTokens"),
        "llmCompletionTokens": of("model", "completionTokens"),
        "llmCachedPromptTokens": of("model", "cachedPromptTokens"),
        "ttsCharacters": of("voice", "characters"),
        "analysisCostBreakdown": _analysis_breakdown(costs),
    }


def _analysis_breakdown(costs: list[Part]) -> Part:
    breakdown: Part = {}
    analyses = {cost["analysisType"]: cost for cost in costs if cost["type"] == "analysis"}
    for kind in _ANALYSES:
        cost = analyses.get(kind, {})
        breakdown[kind] = cost.get("cost", 0)
        breakdown[f"{kind}PromptTokens"] = cost.get("promptTokens", 0)
        breakdown[f"{kind}CompletionTokens"] = cost.get("completionTokens", 0)
        breakdown[f"{kind}CachedPromptTokens"] = cost.get("cachedPromptTokens", 0)
    return breakdown


def _named(part: Part) -> Part:
    return {key: part[key] for key in ("provider", "model", "voiceId") if key in part}


def _dollars(amount: float) -> float:
    return round(amount, 4)

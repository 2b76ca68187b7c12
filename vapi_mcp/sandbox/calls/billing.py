"""The costs of a simulated call or chat, in US dollars; the rates are invented."""

from __future__ import annotations

from collections.abc import Sequence

from vapi_mcp.sandbox.state.collection import JsonObject

TRANSPORT_RATE = 0.0085
TRANSCRIBER_RATE = 0.0104
VAPI_RATE = 0.05
VOICE_RATE = 0.00005
PROMPT_RATE = 0.0000025
COMPLETION_RATE = 0.00001
ANALYSIS_COST = 0.0016
CHAT_RATE = 0.005


def tokens_of(text: str) -> int:
    """Return roughly how many tokens a text has."""
    return max(1, len(text) // 4)


def call_costs(call: JsonObject, assistant: JsonObject, seconds: float) -> JsonObject:
    """Return `costs`, `costBreakdown` and `cost` of an ended call with its messages."""
    minutes = round(seconds / 60, 4)
    spoken = [m["message"] for m in call.get("messages", ()) if m["role"] == "bot"]
    heard = sum(tokens_of(m["message"]) for m in call.get("messages", ()))
    prompt, completion = heard * max(1, len(spoken)), sum(map(tokens_of, spoken))
    characters = sum(map(len, spoken))
    parts = {
        "transport": _dollars(minutes * TRANSPORT_RATE),
        "stt": _dollars(minutes * TRANSCRIBER_RATE),
        "llm": _dollars(prompt * PROMPT_RATE + completion * COMPLETION_RATE),
        "tts": _dollars(characters * VOICE_RATE),
        "vapi": _dollars(minutes * VAPI_RATE),
    }
    analysis = ANALYSIS_COST if spoken else 0.0
    total = _dollars(sum(parts.values()) + analysis)
    counts = {
        "llmPromptTokens": prompt,
        "llmCompletionTokens": completion,
        "llmCachedPromptTokens": 0,
        "ttsCharacters": characters,
    }
    summary = {"summary": analysis, "summaryPromptTokens": prompt, "summaryCompletionTokens": 60}
    breakdown = {**parts, "chat": 0, "total": total, **counts, "analysisCostBreakdown": summary}
    costs = _call_lines(call, assistant, minutes, parts, counts)
    return {"costs": costs, "costBreakdown": breakdown, "cost": total}


def chat_costs(assistant: JsonObject, inputs: Sequence[str], output: str) -> JsonObject:
    """Return `costs` and `cost` of one chat turn."""
    prompt, completion = sum(map(tokens_of, inputs)), tokens_of(output)
    model = _dollars(prompt * PROMPT_RATE + completion * COMPLETION_RATE)
    line = model_line(assistant, prompt, completion, model)
    return {
        "costs": [line, {"type": "chat", "cost": CHAT_RATE}],
        "cost": _dollars(model + CHAT_RATE),
    }


def model_line(assistant: JsonObject, prompt: int, completion: int, cost: float) -> JsonObject:
    """Return the line of a bill that charges for a model."""
    return {
        "type": "model",
        "model": _named(assistant, "model", "provider", "model"),
        "promptTokens": prompt,
        "completionTokens": completion,
        "cost": cost,
    }


def _call_lines(
    call: JsonObject,
    assistant: JsonObject,
    minutes: float,
    parts: dict[str, float],
    counts: dict[str, int],
) -> list[JsonObject]:
    is_web = call.get("type") == "webCall"
    provider = "daily" if is_web else call.get("phoneCallProvider") or "vapi.websocket"
    transcriber = _named(assistant, "transcriber", "provider", "model")
    voice = _named(assistant, "voice", "provider", "voiceId")
    return [
        {
            "type": "transport",
            "provider": {"vapi": "vapi.sip"}.get(provider, provider),
            "minutes": minutes,
            "cost": parts["transport"],
        },
        {
            "type": "transcriber",
            "transcriber": transcriber,
            "minutes": minutes,
            "cost": parts["stt"],
        },
        model_line(
            assistant, counts["llmPromptTokens"], counts["llmCompletionTokens"], parts["llm"]
        ),
        {
            "type": "voice",
            "voice": voice,
            "characters": counts["ttsCharacters"],
            "cost": parts["tts"],
        },
        {"type": "vapi", "subType": "normal", "minutes": minutes, "cost": parts["vapi"]},
    ]


def _named(assistant: JsonObject, part: str, *names: str) -> JsonObject:
    settings = assistant.get(part) or {}
    return {name: settings[name] for name in names if name in settings}


def _dollars(amount: float) -> float:
    return round(amount, 4)

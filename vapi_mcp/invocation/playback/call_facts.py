"""A call in short: who, when, how long, what it cost and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.invocation.finding.values import duration_of
from vapi_mcp.invocation.meanings.ended_reasons import class_in
from vapi_mcp.specs.tools.ended_reasons import ended_reason

_LONGEST = 120
_TEXTS = ("id", "name", "type", "status", "startedAt")
# The parts of a cost, in the order of a conversation; the rest is what no part has.
_PARTS: Mapping[str, str] = {
    "transport": "transport",
    "stt": "transcriber",
    "llm": "model",
    "tts": "voice",
    "vapi": "vapi",
    "chat": "chat",
}
_ANALYSES = ("summary", "structuredData", "successEvaluation", "structuredOutput")
# No call costs less, or as much.
_LEAST, _MOST = 0.00005, 1e9


def call_facts(call: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a player says of a call besides its conversation."""
    facts: dict[str, Any] = {name: _text(call.get(name)) for name in _TEXTS}
    facts["customer"] = _customer(call)
    facts["seconds"] = duration_of(call)
    facts["ended"] = _ended(call)
    facts["cost"] = cost_of(call)
    return {name: value for name, value in facts.items() if value is not None}


def cost_of(call: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a call's cost in US dollars with its parts; None where Vapi names none."""
    split = call.get("costBreakdown")
    known = split if isinstance(split, dict) else {}
    total = _amount(known.get("total")) or _amount(call.get("cost"))
    if not total:
        return None
    analyses = known.get("analysisCostBreakdown")
    analysed = analyses if isinstance(analyses, dict) else {}
    parts = {name: _amount(known.get(key)) for key, name in _PARTS.items()}
    parts["analysis"] = sum(_amount(analysed.get(name)) for name in _ANALYSES)
    shown = [{"name": n, "usd": round(usd, 6)} for n, usd in parts.items() if usd >= _LEAST]
    return {"usd": total, "parts": shown}


def _ended(call: Mapping[str, Any]) -> dict[str, str] | None:
    reason = _text(call.get("endedReason"))
    if not reason:
        return None
    if class_in(call) is None:
        return {"reason": reason}
    known = ended_reason(reason)
    return {
        "reason": reason,
        "class": known.kind,
        "meaning": known.meaning,
        "advice": known.advice,
    }


def _customer(call: Mapping[str, Any]) -> str | None:
    customer = call.get("customer")
    known = customer if isinstance(customer, dict) else {}
    named = [_text(known.get(name)) for name in ("name", "number", "sipUri")]
    return " · ".join([each for each in named if each][:2]) or None


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) else None


def _amount(value: Any) -> float:
    return value if type(value) in (int, float) and 0 < value < _MOST else 0.0

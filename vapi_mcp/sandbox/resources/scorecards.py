"""The grades of scorecards, from a call's structured outputs."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def score_all(sandbox: Sandbox, call: JsonObject, assistant: JsonObject) -> JsonObject:
    """Return `scorecards` of a call: those of its plan and those linked to its assistant."""
    plan = {**(assistant.get("artifactPlan") or {}), **(call.get("artifactPlan") or {})}
    wanted = [sandbox.find("scorecard", card_id) for card_id in plan.get("scorecardIds") or ()]
    linked = (
        card
        for card in sandbox.all("scorecard")
        if call.get("assistantId") in (card.get("assistantIds") or ())
    )
    cards = {card["id"]: card for card in (*wanted, *linked) if card}
    outputs = call["artifact"].get("structuredOutputs") or {}
    return {"scorecards": {k: score(card, outputs) for k, card in cards.items()}} if cards else {}


def score(card: JsonObject, outputs: JsonObject) -> JsonObject:
    """Return the points a card gives, and what share of its possible points they are in percent."""
    reached, possible = 0.0, 0.0
    points: dict[str, float] = {}
    for metric in card["metrics"]:
        output_id = metric["structuredOutputId"]
        value = (outputs.get(output_id) or {}).get("result")
        points[output_id] = sum(c["points"] for c in metric["conditions"] if _holds(c, value))
        reached += points[output_id]
        possible += sum(condition["points"] for condition in metric["conditions"])
    normalized = round(100 * reached / possible, 1) if possible else 0
    named = {"name": card["name"]} if card.get("name") else {}
    return {**named, "score": reached, "scoreNormalized": normalized, "metricPoints": points}


def _holds(condition: JsonObject, value: Any) -> bool:
    wanted = condition["value"]
    if isinstance(value, bool) != isinstance(wanted, bool) or not isinstance(value, int | float):
        return False
    return COMPARATORS[condition["comparator"]](value, wanted)

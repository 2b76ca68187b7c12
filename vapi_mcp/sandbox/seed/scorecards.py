"""Scorecards of a fresh sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom


@dataclass(frozen=True, slots=True)
class Rule:
    """Points for a result: the result compared with `value`."""

    comparator: str
    value: float | bool
    points: int

    def is_met(self, result: float | bool) -> bool:  # noqa: FBT001 - a result is a number or a yes
        """Whether a structured output's result earns the points."""
        return result >= self.value if self.comparator == ">=" else result == self.value


_SCORECARDS: dict[str, tuple[str, str, dict[str, tuple[Rule, ...]]]] = {
    "support-quality": (
        "Support Quality",
        "Half for how the caller was treated, half for the result.",
        {
            "empathy": (Rule(">=", 60, 20), Rule(">=", 80, 30)),
            "resolved": (Rule("=", True, 50),),
        },
    ),
    "empathy": (
        "Empathy",
        "Steps of warmth; below 80 points the call is reviewed by a person.",
        {
            "empathy": (
                Rule(">=", 50, 25),
                Rule(">=", 65, 25),
                Rule(">=", 80, 30),
                Rule(">=", 90, 20),
            ),
        },
    ),
    "booking": (
        "Booking Outcome",
        "Did the caller leave with what they wanted?",
        {"resolved": (Rule("=", True, 100),)},
    ),
    "sales": (
        "Sales Readiness",
        "Qualified leads whose questions are answered.",
        {"qualified": (Rule("=", True, 70),), "resolved": (Rule("=", True, 30),)},
    ),
}


def seed_scorecards(draws: SeededRandom, users: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return four scorecards; `users` gives the keys of the assistants that use each."""
    return [
        draws.stamped("scorecard", key, 80)
        | {
            "name": name,
            "description": description,
            "metrics": [
                {
                    "structuredOutputId": draws.id_of("structured-output", output),
                    "conditions": [_condition(rule) for rule in rules],
                }
                for output, rules in metrics.items()
            ],
            "assistantIds": [draws.id_of("assistant", user) for user in users.get(key, [])],
        }
        for key, (name, description, metrics) in _SCORECARDS.items()
    ]


def score_call(draws: SeededRandom, key: str, results: dict[str, Any]) -> dict[str, Any]:
    """Return a call's result on one scorecard, from output key -> result."""
    name, _, metrics = _SCORECARDS[key]
    points = {
        draws.id_of("structured-output", output): sum(
            rule.points for rule in rules if output in results and rule.is_met(results[output])
        )
        for output, rules in metrics.items()
    }
    possible = sum(rule.points for rules in metrics.values() for rule in rules)
    score = sum(points.values())
    return {
        "name": name,
        "score": score,
        "scoreNormalized": round(100 * score / possible, 1),
        "metricPoints": points,
    }


def _condition(rule: Rule) -> dict[str, Any]:
    return {
        "type": "comparator",
        "comparator": rule.comparator,
        "value": rule.value,
        "points": rule.points,
    }

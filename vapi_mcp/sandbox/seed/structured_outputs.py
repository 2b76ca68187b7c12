"""Structured outputs of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom

_MODEL = {"provider": "openai", "model": "gpt-4.1-mini", "temperature": 0}
_APPOINTMENT = {
    "type": "object",
    "properties": {
        "booked": {"type": "boolean", "description": "Whether a visit was booked or moved."},
        "date": {"type": "string", "format": "date"},
        "time": {"type": "string"},
        "dentist": {"type": "string"},
    },
    "required": ["booked"],
}

OUTPUTS: dict[str, dict[str, Any]] = {
    "empathy": {
        "name": "Empathy Score",
        "type": "ai",
        "description": "How well the assistant met the caller's feelings, 0 to 100.",
        "schema": {"type": "number", "description": "0 cold, 100 warm and attentive."},
        "model": _MODEL,
        "conditions": [{"type": "minMessages", "count": 4}],
    },
    "resolved": {
        "name": "Issue Resolved",
        "type": "ai",
        "description": "Whether the caller got what they called for.",
        "schema": {"type": "boolean"},
        "model": _MODEL,
    },
    "category": {
        "name": "Call Category",
        "type": "ai",
        "description": "One word for the reason of the call.",
        "schema": {"type": "string"},
        "model": _MODEL,
    },
    "appointment": {
        "name": "Appointment Details",
        "type": "ai",
        "description": "The visit that was agreed.",
        "schema": _APPOINTMENT,
        "model": _MODEL,
        "conditions": [{"type": "minCallDuration", "seconds": 10}],
    },
    "order": {
        "name": "Order Number",
        "type": "regex",
        "regex": r"NF-\d{5}",
        "description": "The first order number somebody says.",
        "schema": {"type": "string"},
    },
    "qualified": {
        "name": "Qualified Lead",
        "type": "ai",
        "description": "Whether a person should follow up.",
        "schema": {"type": "boolean"},
        "model": _MODEL,
    },
}
"""Key -> name, type and schema of each structured output."""


def seed_structured_outputs(
    draws: SeededRandom, users: dict[str, list[str]]
) -> list[dict[str, Any]]:
    """Return six structured outputs; `users` gives the keys of the assistants that use each."""
    return [
        draws.stamped("structured-output", key, 100)
        | output
        | {
            "assistantIds": [draws.id_of("assistant", user) for user in users.get(key, [])],
            "workflowIds": [],
        }
        for key, output in OUTPUTS.items()
    ]

"""Squads of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES
from vapi_mcp.sandbox.seed.draws import SeededRandom

_SQUADS = {
    "support-line": (
        "Northfold Support: Triage to Billing",
        {"triage": ("billing", "technical"), "billing": ("technical",), "technical": ("billing",)},
    ),
    "dental-desk": (
        "Brightwater Front Desk",
        {"reception": ("reminder",), "reminder": ("reception",)},
    ),
    "solar-sales": (
        "Sunhollow Sales: Qualify to Close",
        {"qualifier": ("renewals",), "renewals": ()},
    ),
}
_REASONS = {
    "billing": "Payments, invoices, refunds and payment plans.",
    "technical": "Assembly, lamps, switches and the app.",
    "reminder": "The caller answers a reminder.",
    "reception": "The caller wants an appointment.",
    "renewals": "The lead is ready to sign.",
}


def seed_squads(draws: SeededRandom) -> list[dict[str, Any]]:
    """Return three squads; the first member starts the call."""
    return [
        draws.stamped("squad", key, 90)
        | {
            "name": name,
            "members": [_member(draws, member, routes[member]) for member in routes],
        }
        for key, (name, routes) in _SQUADS.items()
    ]


def _member(draws: SeededRandom, key: str, targets: tuple[str, ...]) -> dict[str, Any]:
    return {
        "assistantId": draws.id_of("assistant", key),
        "assistantDestinations": [
            {
                "type": "assistant",
                "assistantName": PROFILES[target].name,
                "message": "One moment, I'm handing you over.",
                "description": _REASONS[target],
            }
            for target in targets
        ],
    }

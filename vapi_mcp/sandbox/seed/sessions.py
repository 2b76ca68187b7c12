"""Sessions of a fresh sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from vapi_mcp.sandbox.seed.calls.dialogues import DIALOGUES_WRITTEN, draw_dialogue
from vapi_mcp.sandbox.seed.draws import SeededRandom, iso

_COMPLETED_AFTER_DAYS = 1.0


def session_age(position: int) -> float:
    """Return how many days ago the session at a position began."""
    return 0.15 + position * 1.7


def seed_sessions(draws: SeededRandom) -> list[dict[str, Any]]:
    """Return twelve sessions, one for each written dialogue; the youngest are still active."""
    return [_session(draws, position) for position in range(DIALOGUES_WRITTEN)]


def _session(draws: SeededRandom, position: int) -> dict[str, Any]:
    dialogue = draw_dialogue(draws, position)
    age = session_age(position)
    created = draws.ago(days=age)
    active = age < _COMPLETED_AFTER_DAYS
    cost = round(0.0021 + 0.0008 * len(dialogue.exchanges), 4)
    person = dialogue.person
    return {
        "id": draws.id_of("session", str(position)),
        "orgId": draws.org_id,
        "createdAt": iso(created),
        "updatedAt": iso(created + timedelta(minutes=18)),
        "name": f"{person.first}, {dialogue.assistant}"[:40],
        "status": "active" if active else "completed",
        "expirationSeconds": 86_400,
        "assistantId": draws.id_of("assistant", dialogue.assistant),
        "messages": [dialogue.system, *dialogue.history(len(dialogue.exchanges))],
        "customer": {"number": person.number, "name": person.name[:40]},
        "cost": cost,
        "costs": [{"type": "session", "cost": cost}],
    }

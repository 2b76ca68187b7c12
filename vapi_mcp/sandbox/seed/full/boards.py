"""Boards of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom

_BOARDS = {"daily": "Daily figures", "team": "Team screen"}


def seed_boards(draws: SeededRandom, insight_ids: list[str]) -> list[dict[str, Any]]:
    """Return two boards that show the first insights."""
    return [
        draws.stamped("board", key, 50)
        | {
            "name": name,
            "layout": {"columns": 6},
            "items": [
                {
                    "type": "insight",
                    "insightId": insight_id,
                    "position": {"x": 3 * at, "y": 0},
                    "size": {"width": 3, "height": 2},
                }
                for at, insight_id in enumerate(insight_ids[:2])
            ],
        }
        for key, name in _BOARDS.items()
    ]

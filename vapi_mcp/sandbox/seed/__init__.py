"""The data of a fresh sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from vapi_mcp.sandbox.seed.assistants import PROFILES, seed_assistants
from vapi_mcp.sandbox.seed.calls import seed_calls
from vapi_mcp.sandbox.seed.campaigns import seed_campaigns
from vapi_mcp.sandbox.seed.chats import seed_chats
from vapi_mcp.sandbox.seed.draws import SeededRandom
from vapi_mcp.sandbox.seed.evals import seed_eval_runs, seed_evals
from vapi_mcp.sandbox.seed.files import seed_file_contents, seed_files
from vapi_mcp.sandbox.seed.full.boards import seed_boards
from vapi_mcp.sandbox.seed.full.knowledge_bases import seed_knowledge_kinds
from vapi_mcp.sandbox.seed.full.simulations import seed_simulation_kinds
from vapi_mcp.sandbox.seed.insights import seed_insights
from vapi_mcp.sandbox.seed.phone_numbers import seed_phone_numbers
from vapi_mcp.sandbox.seed.provider_resources import seed_provider_resources
from vapi_mcp.sandbox.seed.scorecards import seed_scorecards
from vapi_mcp.sandbox.seed.sessions import seed_sessions
from vapi_mcp.sandbox.seed.squads import seed_squads
from vapi_mcp.sandbox.seed.structured_outputs import seed_structured_outputs
from vapi_mcp.sandbox.seed.tools import seed_tools
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

__all__ = ["seed_world"]

Part = dict[str, Any]


def seed_world(seed: int, now: datetime) -> StateSnapshot:
    """Return a simulated organisation with a month of history up to `now`.

    The same arguments give the same world, byte for byte; ids depend on `seed` alone.
    """
    milliseconds = now.microsecond // 1000 * 1000
    draws = SeededRandom(seed, now.astimezone(UTC).replace(microsecond=milliseconds))
    calls, files, insights = seed_calls(draws), seed_files(draws), seed_insights(draws)
    speaker = draws.id_of("assistant", next(iter(PROFILES)))
    kinds: dict[str, Iterable[Part]] = {
        "assistant": seed_assistants(draws),
        "squad": seed_squads(draws),
        "call": calls,
        "chat": seed_chats(draws),
        "campaign": seed_campaigns(draws, calls),
        "session": seed_sessions(draws),
        "phone-number": seed_phone_numbers(draws),
        "tool": seed_tools(draws),
        "file": files,
        "structured-output": seed_structured_outputs(draws, _users("outputs")),
        "insight": insights,
        "eval": seed_evals(draws),
        "eval-run": seed_eval_runs(draws),
        "scorecard": seed_scorecards(draws, _users("scorecards")),
        "provider-resource": seed_provider_resources(draws),
        **seed_simulation_kinds(draws, speaker),
        **seed_knowledge_kinds(draws, files),
        "board": seed_boards(draws, [insight["id"] for insight in insights]),
    }
    resources = {kind: {item["id"]: item for item in items} for kind, items in kinds.items()}
    return StateSnapshot(draws.org_id, resources, seed_file_contents(draws))


def _users(attribute: str) -> dict[str, list[str]]:
    """Return which assistants use each output or scorecard."""
    users: dict[str, list[str]] = {}
    for profile in PROFILES.values():
        for key in getattr(profile, attribute):
            users.setdefault(key, []).append(profile.key)
    return users

"""The scheduled steps of calls, campaigns and runs, including those under way at the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from vapi_mcp.sandbox.calls import calls, lifecycle
from vapi_mcp.sandbox.resources import campaigns, evals, files, knowledge_bases
from vapi_mcp.sandbox.simulations import runs
from vapi_mcp.sandbox.state.sandbox import Sandbox

Advance: TypeAlias = Callable[[Sandbox, str, datetime], datetime | None]

STEPS: Mapping[str, Advance] = {
    "call": lifecycle.advance,
    "call-deletion": calls.erase_later,
    "eval-run": evals.advance,
    "file": files.advance,
    "knowledge-base-file": knowledge_bases.advance,
    "simulation-run": runs.advance,
}

_UNDER_WAY = ("queued", "ringing", "in-progress")


def wind_up(sandbox: Sandbox) -> None:
    """Define the steps, and plan one for all objects that may still be on their way."""
    now = sandbox.now()
    for kind, advance in STEPS.items():
        sandbox.agenda.define(kind, _bound(sandbox, advance))
        if kind not in sandbox.world.resources:
            continue
        for item in sandbox.all(kind):
            sandbox.agenda.add(now, kind, item["id"])
    for call in sandbox.all("call"):
        if call.get("status") in _UNDER_WAY:
            sandbox.resumed[call["id"]] = now


def settle(sandbox: Sandbox) -> None:
    """Let everything happen that is due by now."""
    sandbox.agenda.settle(sandbox.now())
    campaigns.recount(sandbox)


def _bound(sandbox: Sandbox, advance: Advance) -> Callable[[str, datetime], datetime | None]:
    return lambda object_id, now: advance(sandbox, object_id, now)

"""Every simulated operation and the function that answers it."""

from __future__ import annotations

from collections.abc import Mapping

from vapi_mcp.sandbox.calls import calls, campaign_summaries
from vapi_mcp.sandbox.calls.artifacts import artifact_handlers
from vapi_mcp.sandbox.reports import analytics, boards, insights
from vapi_mcp.sandbox.resources import (
    campaigns,
    chats,
    evals,
    files,
    knowledge_bases,
    providers,
    structured_outputs,
)
from vapi_mcp.sandbox.resources.catalogue import RESOURCES
from vapi_mcp.sandbox.resources.crud import Handler, crud_handlers
from vapi_mcp.sandbox.simulations import proposals, runs

_OWN: tuple[Mapping[str, Handler], ...] = (
    analytics.HANDLERS,
    boards.HANDLERS,
    calls.HANDLERS,
    campaigns.HANDLERS,
    campaign_summaries.HANDLERS,
    chats.HANDLERS,
    evals.HANDLERS,
    files.HANDLERS,
    insights.HANDLERS,
    knowledge_bases.HANDLERS,
    proposals.HANDLERS,
    providers.HANDLERS,
    runs.HANDLERS,
    structured_outputs.HANDLERS,
)

# What the pattern of the resources would add, and the API has not.
_ABSENT = frozenset(
    {"PATCH /chat/{id}", "PATCH /eval/run/{id}", "DELETE /eval/simulation/run/{id}"}
    | {f"{method} /v2/phone-number/{{id}}" for method in ("GET", "PATCH", "DELETE")}
    | {"POST /v2/phone-number"}
)


def _collect() -> dict[str, Handler]:
    handlers: dict[str, Handler] = {}
    for resource in RESOURCES:
        handlers.update(crud_handlers(resource))
    handlers.update(artifact_handlers())
    for own in _OWN:
        handlers.update(own)
    return {key: handler for key, handler in handlers.items() if key not in _ABSENT}


HANDLERS: Mapping[str, Handler] = _collect()

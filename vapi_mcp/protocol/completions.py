"""What `completion/complete` answers: for whatever has arguments that a user types in."""

from __future__ import annotations

from typing import Any

from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CompleteRequestParams, CompleteResult, PromptReference

from vapi_mcp.protocol.prompts import Prompts
from vapi_mcp.protocol.resources import Resources
from vapi_mcp.registry.bounds import REFERENCE, TYPED, Bound


class Completions:
    """Sends each request to what it refers to."""

    def __init__(self, prompts: Prompts, resources: Resources) -> None:
        self._prompts = prompts
        self._resources = resources

    async def complete(
        self, ctx: ServerRequestContext[Any, Any], params: CompleteRequestParams
    ) -> CompleteResult:
        """Return values for an argument; a reference to nothing in scope is refused."""
        _refuse_excess(params)
        if isinstance(params.ref, PromptReference):
            found = await self._prompts.complete(ctx, params.ref, params)
        else:
            found = await self._resources.complete(ctx, params.ref, params)
        return CompleteResult(completion=found)


def _refuse_excess(params: CompleteRequestParams) -> None:
    known = params.context.arguments if params.context else None
    ref = params.ref.name if isinstance(params.ref, PromptReference) else params.ref.uri
    asked: list[tuple[str, str, Bound]] = [
        ("ref", ref, REFERENCE),
        ("argument.name", params.argument.name, REFERENCE),
        ("argument.value", params.argument.value, TYPED),
        ("context.arguments.tool", (known or {}).get("tool", ""), REFERENCE),
    ]
    for name, value, bound in asked:
        if too_much := bound.objection(value):
            raise MCPError(code=INVALID_PARAMS, message=f"{name} {too_much}")

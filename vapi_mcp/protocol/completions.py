"""What `completion/complete` answers: for whatever has arguments that a user types in."""

from __future__ import annotations

from typing import Any

from mcp.server import ServerRequestContext
from mcp_types import CompleteRequestParams, CompleteResult, PromptReference

from vapi_mcp.protocol.prompts import Prompts
from vapi_mcp.protocol.resources import Resources


class Completions:
    """Sends each request to what it refers to."""

    def __init__(self, prompts: Prompts, resources: Resources) -> None:
        self._prompts = prompts
        self._resources = resources

    async def complete(
        self, ctx: ServerRequestContext[Any, Any], params: CompleteRequestParams
    ) -> CompleteResult:
        """Return values for an argument; a reference to nothing in scope is refused."""
        if isinstance(params.ref, PromptReference):
            found = await self._prompts.complete(ctx, params.ref, params)
        else:
            found = await self._resources.complete(ctx, params.ref, params)
        return CompleteResult(completion=found)

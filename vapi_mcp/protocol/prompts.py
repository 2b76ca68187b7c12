"""Prompts over MCP: listed, filled in and completed within the scope of a grant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CompleteRequestParams,
    Completion,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    PromptMessage,
    PromptReference,
    TextContent,
)
from mcp_types import Prompt as PromptDefinition
from mcp_types import PromptArgument as ArgumentDefinition

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.protocol.discovery import CALL
from vapi_mcp.protocol.suggestions import NOTHING, Suggestions
from vapi_mcp.registry.prompts import in_scope, render_prompt
from vapi_mcp.registry.registry import Registry
from vapi_mcp.specs.tools.prompts import Prompt

LoadPrompts = Callable[[], Sequence[Prompt]]

_THROUGH_CALL_TOOL = f"Each step is a call of {CALL}: tool_name and, as arguments, its JSON.\n\n"


class Prompts:
    """Answers prompts/list, prompts/get and the completions of their arguments."""

    def __init__(
        self,
        load: LoadPrompts,
        registry: Registry,
        suggestions: Suggestions,
        current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
    ) -> None:
        """Take the function that loads the prompts; the first request for them calls it."""
        self._load = load
        self._registry = registry
        self._suggestions = suggestions
        self._grant = current_grant

    async def list_prompts(
        self, ctx: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        """Return every prompt whose tools are in scope."""
        if params is not None and params.cursor is not None:
            raise _refusal("prompts/list has one page and no cursor")
        found = in_scope(self._load(), self._registry, self._grant(ctx).scope)
        return ListPromptsResult(prompts=[_definition(prompt) for prompt in found])

    async def get_prompt(
        self, ctx: ServerRequestContext[Any, Any], params: GetPromptRequestParams
    ) -> GetPromptResult:
        """Return a prompt filled in; one out of scope is as unknown as one that is not there."""
        grant = self._grant(ctx)
        prompt = self._find(params.name, grant)
        try:
            text = render_prompt(prompt, params.arguments or {}, self._registry, grant.scope)
        except InvalidArguments as error:
            raise _refusal(str(error)) from error
        if grant.server.config.tool_exposure == "discovery":
            text = f"{_THROUGH_CALL_TOOL}{text}"
        message = PromptMessage(role="user", content=TextContent(text=text))
        return GetPromptResult(description=prompt.description, messages=[message])

    async def complete(
        self,
        ctx: ServerRequestContext[Any, Any],
        ref: PromptReference,
        asked: CompleteRequestParams,
    ) -> Completion:
        """Return what may complete an argument of a prompt in scope."""
        grant = self._grant(ctx)
        argument = self._find(ref.name, grant).arguments.get(asked.argument.name)
        if argument is None:
            raise _refusal(f"the prompt {ref.name} has no argument {asked.argument.name[:80]!r}")
        if argument.suggest is None:
            return NOTHING
        source = argument.suggest
        return await self._suggestions.complete(
            ctx, source.tool, source.keys, asked.argument.value, grant
        )

    def _find(self, name: str, grant: Grant) -> Prompt:
        for prompt in in_scope(self._load(), self._registry, grant.scope):
            if prompt.name == name:
                return prompt
        raise _refusal(f"there is no prompt named {name[:80]!r} here; prompts/list has all names")


def _refusal(message: str) -> MCPError:
    return MCPError(code=INVALID_PARAMS, message=message)


def _definition(prompt: Prompt) -> PromptDefinition:
    return PromptDefinition(
        name=prompt.name,
        title=prompt.title,
        description=prompt.description,
        arguments=[
            ArgumentDefinition(
                name=name, description=argument.description, required=argument.default is None
            )
            for name, argument in prompt.arguments.items()
        ],
    )

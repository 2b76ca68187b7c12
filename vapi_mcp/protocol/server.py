"""The MCP server over a registry: what `tools/list` and `tools/call` do, whatever the transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
    ListToolsResult,
    PaginatedRequestParams,
)
from mcp_types import Tool as ToolDefinition
from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider

from vapi_mcp.accounts.consent import takes_code
from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant, ServerConfig
from vapi_mcp.errors import UnknownTool
from vapi_mcp.events.subscribing import Subscribing
from vapi_mcp.invocation.caller import Question
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.undo.change import OpenChanges
from vapi_mcp.protocol.apps.announcement import offering_views
from vapi_mcp.protocol.apps.view_data import ViewData
from vapi_mcp.protocol.apps.view_pages import ViewPages
from vapi_mcp.protocol.apps.views import views_in
from vapi_mcp.protocol.audit_middleware import record_of
from vapi_mcp.protocol.call_arguments import read_arguments
from vapi_mcp.protocol.calls.result_models import model_of
from vapi_mcp.protocol.calls.tool_calls import ToolCalls
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.completions import Completions
from vapi_mcp.protocol.discovery import Discovery
from vapi_mcp.protocol.elicitation import McpCaller, retry_request
from vapi_mcp.protocol.events.methods import EventMethods
from vapi_mcp.protocol.events.offering import DISCOVERY, offering_events
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.protocol.greeting.server_info import DESCRIPTION, FRESH_MS, NAME, TITLE, VERSION
from vapi_mcp.protocol.greeting.tool_list import definition_of
from vapi_mcp.protocol.prompts import LoadPrompts, Prompts
from vapi_mcp.protocol.resources import Resources
from vapi_mcp.protocol.suggestions import Suggestions
from vapi_mcp.protocol.tasks.announcement import has_tasks, offering_tasks
from vapi_mcp.protocol.tasks.requests import TaskParams, TaskRequests
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.prompts import load_prompts

_LIST_FRESHNESS = CacheHint(ttl_ms=FRESH_MS, scope="private")

# The answers that carry the server's instructions, one in each era.
_GREETINGS = ("initialize", "server/discover")


def create_mcp_server(
    registry: Registry,
    invoker: Invoker,
    *,
    current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
    limits: Limits,
    names: ClientNames,
    view_data: ViewData | None = None,
    middleware: Sequence[ServerMiddleware[Any]] = (),
    prompts: LoadPrompts = load_prompts,
    open_changes: OpenChanges | None = None,
    subscribing: Subscribing | None = None,
) -> Server[Any]:
    """Return the SDK's server for all transports.

    current_grant: says whose request it is. limits: of tool calls, by server. names: reads what
    clients said of themselves when they connected. view_data: makes what results bring along for
    views; without it there are none. middleware: wraps every request, the first outermost.
    prompts: reads them when they are first asked for. open_changes: where changes are kept, if
    they are. subscribing: the use cases of events, where there are any.
    """
    calls = ToolCalls(invoker, limits, view_data)
    handlers = _Handlers(
        registry, calls, current_grant, names, subscribing, has_views=view_data is not None
    )
    suggestions = Suggestions(registry, invoker, limits)
    offered = Prompts(prompts, registry, suggestions, current_grant)
    pages = None if view_data is None else ViewPages(registry, view_data.links)
    resources = Resources(
        registry,
        invoker,
        suggestions,
        current_grant,
        limits,
        pages=pages,
        open_changes=open_changes,
    )
    server: Server[Any] = Server(
        NAME,
        version=VERSION,
        title=TITLE,
        description=DESCRIPTION,
        cache_hints={
            "tools/list": _LIST_FRESHNESS,
            "prompts/list": _LIST_FRESHNESS,
            "resources/list": _LIST_FRESHNESS,
            "resources/templates/list": _LIST_FRESHNESS,
            "server/discover": _LIST_FRESHNESS,
        },
        get_tool_input_schema=_schema_with_header_arguments,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_prompts=offered.list_prompts,
        on_get_prompt=offered.get_prompt,
        on_list_resources=resources.list_resources,
        on_list_resource_templates=resources.list_templates,
        on_read_resource=resources.read,
        on_completion=Completions(offered, resources).complete,
    )
    if subscribing is not None:
        EventMethods(subscribing, current_grant).add_to(server)
    if isinstance(get_tracer_provider(), ProxyTracerProvider):
        # No exporter collects spans in this process, so none are created.
        server.middleware.clear()
    server.add_request_handler("tools/call", CallToolRequestParams, handlers.call_or_begin)
    server.add_request_handler("tasks/get", TaskParams, handlers.tasks.get)
    for method in ("tasks/cancel", "tasks/update"):
        server.add_request_handler(method, TaskParams, handlers.tasks.acknowledge)
    server.middleware.extend([*middleware, handlers.fit_instructions, read_arguments])
    return server


def _schema_with_header_arguments(name: str) -> Mapping[str, Any] | None:
    # No tool takes an argument from a header, so there is nothing to compare with one. Without
    # this answer the SDK would list all tools before each modern call to find that out.
    del name
    return None


class _Handlers:
    def __init__(
        self,
        registry: Registry,
        calls: ToolCalls,
        current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
        names: ClientNames,
        subscribing: Subscribing | None,
        *,
        has_views: bool,
    ) -> None:
        self._names = names
        self._registry = registry
        self._calls = calls
        self._has_views = has_views
        self._subscribing = subscribing
        self._grant = current_grant
        self._discovery = Discovery(registry)
        self.tasks = TaskRequests(registry, calls, current_grant)
        self._definitions: dict[tuple[str, bool, bool, bool], ToolDefinition] = {}

    async def list_tools(
        self, ctx: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(code=INVALID_PARAMS, message="tools/list has one page and no cursor")
        grant = self._grant(ctx)
        if grant.server.config.tool_exposure == "discovery":
            shown = self._discovery.definitions(grant.scope)
            return ListToolsResult(tools=[ToolDefinition.model_validate(each) for each in shown])
        visible, config = self._registry.in_scope(grant.scope), grant.server.config
        shows_views = self._shows_views(ctx, grant)
        definitions = [self._definition(tool, config, shows_views=shows_views) for tool in visible]
        return ListToolsResult(tools=definitions)

    def _definition(self, tool: Tool, config: ServerConfig, *, shows_views: bool) -> ToolDefinition:
        key = tool.name, takes_code(tool, config), config.inline_media, shows_views
        if key not in self._definitions:
            shown = definition_of(tool, config, shows_views=shows_views)
            self._definitions[key] = ToolDefinition.model_validate(shown)
        return self._definitions[key]

    def _shows_views(self, ctx: ServerRequestContext[Any, Any], grant: Grant) -> bool:
        return self._has_views and self._names.shows_views(ctx, grant)

    async def call_tool(
        self, ctx: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> CallToolResult | InputRequiredResult:
        grant = self._grant(ctx)
        try:
            run = partial(self._run, ctx, params, grant)
            answer = await self._calls.answer(params.name, grant, run)
        except UnknownTool as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error)) from None
        return retry_request(answer) if isinstance(answer, Question) else model_of(answer)

    async def call_or_begin(
        self, ctx: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> HandlerResult:
        """Answer a call, with a task where it waits and the client takes one."""
        answer = await self.call_tool(ctx, params)
        return self.tasks.instead(ctx, record_of(ctx)) or answer

    def _declares_asking(self, ctx: ServerRequestContext[Any, Any], grant: Grant) -> bool:
        if grant.server.config.confirm == "none":
            return False
        return self._names.declares("elicitation", ctx, grant)

    async def _run(
        self, ctx: ServerRequestContext[Any, Any], params: CallToolRequestParams, grant: Grant
    ) -> ToolResult | Question:
        name, arguments = params.name, params.arguments or {}
        if grant.server.config.tool_exposure == "all":
            tool = self._registry.find(name, grant.scope)
        elif self._discovery.looks_up(name):
            return self._discovery.look_up(name, arguments, grant.scope, grant.server.config)
        else:
            tool, arguments = self._discovery.called(name, arguments, grant.scope)
        caller = McpCaller(ctx, params, declares_asking=self._declares_asking(ctx, grant))
        shows_views = self._shows_views(ctx, grant)
        record = record_of(ctx)
        return await self._calls.run(
            tool,
            arguments,
            grant,
            caller,
            record,
            shows_views=shows_views,
            looks_once=self.tasks.takes(ctx, tool, arguments),
        )

    async def fit_instructions(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Tell a client what its server can do; the SDK has one text for all, and no views."""
        result = await call_next(ctx)
        if ctx.method not in _GREETINGS or not isinstance(result, dict):
            return result
        grant = self._grant(ctx)
        told = instructions_for(self._registry, grant.scope, grant.server.config)
        capabilities: Mapping[str, Any] = result["capabilities"]
        if self._shows_views(ctx, grant) and views_in(self._registry, grant):
            capabilities = offering_views(capabilities)
        if ctx.method == DISCOVERY and has_tasks(self._registry, grant):
            capabilities = offering_tasks(capabilities)
        if ctx.method == DISCOVERY and self._subscribing and self._subscribing.offered(grant):
            capabilities = offering_events(capabilities)
        return {**result, "instructions": told, "capabilities": capabilities}

"""The MCP server over a registry: what `tools/list` and `tools/call` do, whatever the transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
)
from mcp_types import Tool as ToolDefinition
from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider

from vapi_mcp import __version__
from vapi_mcp.access.models import Grant
from vapi_mcp.errors import ToolError, UnknownTool
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.protocol.results import breakdown, refusal, success
from vapi_mcp.registry.registry import Registry

# A list depends on the token, so no shared cache may keep it; a minute bounds how long a client
# goes on showing a scope that was changed.
_LIST_FRESHNESS = CacheHint(ttl_ms=60_000, scope="private")


def create_mcp_server(
    registry: Registry,
    invoker: Invoker,
    *,
    current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
    instructions: str,
) -> Server[Any]:
    """Return the SDK's server for all transports; `current_grant` says whose request it is."""
    handlers = _Handlers(registry, invoker, current_grant)
    server: Server[Any] = Server(
        "vapi-mcp",
        version=__version__,
        title="Vapi",
        description="The Vapi voice API as tools.",
        instructions=instructions,
        cache_hints={"tools/list": _LIST_FRESHNESS, "server/discover": _LIST_FRESHNESS},
        get_tool_input_schema=_schema_with_header_arguments,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
    )
    if isinstance(get_tracer_provider(), ProxyTracerProvider):
        # Nobody collects spans in this process, so none need be made.
        server.middleware.clear()
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
        invoker: Invoker,
        current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
    ) -> None:
        self._registry = registry
        self._invoker = invoker
        self._grant = current_grant
        self._definitions = {
            name: ToolDefinition.model_validate(tool.definition())
            for name, tool in registry.tools.items()
        }

    async def list_tools(
        self, ctx: ServerRequestContext[Any, Any], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        if params is not None and params.cursor is not None:
            raise MCPError(code=INVALID_PARAMS, message="tools/list has one page and no cursor")
        visible = self._registry.in_scope(self._grant(ctx).scope)
        return ListToolsResult(tools=[self._definitions[tool.name] for tool in visible])

    async def call_tool(
        self, ctx: ServerRequestContext[Any, Any], params: CallToolRequestParams
    ) -> CallToolResult:
        grant = self._grant(ctx)
        try:
            tool = self._registry.find(params.name, grant.scope)
            return success(await self._invoker.invoke(tool, params.arguments or {}, grant))
        except UnknownTool as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error)) from None
        except ToolError as error:
            return refusal(error)
        except Exception as error:  # noqa: BLE001 - nothing may reach the SDK, which would hide it
            return breakdown(error, params.name[:80])

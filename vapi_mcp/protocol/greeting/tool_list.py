"""The objects of `tools/list`, as the clients of a server see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.accounts.consent import takes_code, with_code
from vapi_mcp.accounts.records import Grant, ServerConfig
from vapi_mcp.protocol.apps.views import with_view
from vapi_mcp.protocol.discovery import Discovery
from vapi_mcp.registry.inline_media import gives_media, without_inline
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool


def definition_of(
    tool: Tool, config: ServerConfig, *, shows_views: bool = False
) -> Mapping[str, Any]:
    """Return a tool as the clients of a server see it: with a code where one may be asked for.

    shows_views: the client shows views, so the tool says which one is its own.
    """
    definition = _definition(tool, config)
    return with_view(definition, tool) if shows_views else definition


def _definition(tool: Tool, config: ServerConfig) -> Mapping[str, Any]:
    if takes_code(tool, config):
        return with_code(tool)
    if not config.inline_media and gives_media(tool):
        return without_inline(tool)
    return tool.definition()


def tool_list(
    registry: Registry, grant: Grant, *, shows_views: bool = False
) -> list[Mapping[str, Any]]:
    """Return the definitions of all that a grant lists."""
    config = grant.server.config
    if config.tool_exposure == "discovery":
        return [*Discovery(registry).definitions(grant.scope)]
    visible = registry.in_scope(grant.scope)
    return [definition_of(tool, config, shows_views=shows_views) for tool in visible]

"""The MCP server of one client's own process, which takes longer to load than its tools."""

from __future__ import annotations

from typing import Any

from mcp.server.lowlevel import Server

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.audit_middleware import AuditMiddleware
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.server import create_mcp_server
from vapi_mcp.registry.registry import Registry


def server_for(
    registry: Registry, invoker: Invoker, trail: AuditTrail, *, grant: Grant, names: ClientNames
) -> Server[Any]:
    """Return the SDK's server for one grant."""
    audit = AuditMiddleware(trail, names, current_grant=lambda _: grant)
    return create_mcp_server(
        registry,
        invoker,
        current_grant=lambda _: grant,
        limits=Limits(),
        names=names,
        middleware=[audit],
    )

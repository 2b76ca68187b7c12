"""The SDK's server of one client's own process, which takes longer to load than its tools."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from mcp.server.lowlevel import Server

from vapi_mcp.hosting.local_calls import LocalCalls
from vapi_mcp.protocol.audit_middleware import AuditMiddleware
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.json_rpc import MessageId
from vapi_mcp.protocol.server import create_mcp_server


def server_over(
    shared: LocalCalls, names: ClientNames, recorded: Container[MessageId]
) -> Server[Any]:
    """Return the SDK's server for one grant.

    recorded: ids of requests that the other lane answered and recorded.
    """
    grant = shared.grant
    audit = AuditMiddleware(shared.trail, names, current_grant=lambda _: grant, elsewhere=recorded)
    return create_mcp_server(
        shared.registry,
        shared.invoker,
        current_grant=lambda _: grant,
        limits=shared.limits,
        names=names,
        view_data=shared.view_data,
        middleware=[audit],
        open_changes=shared.open_changes,
    )

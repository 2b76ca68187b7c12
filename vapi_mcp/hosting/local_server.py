"""The MCP server of one client's own process, which takes longer to load than its tools."""

from __future__ import annotations

from typing import Any

from mcp.server.lowlevel import Server

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.hosting.runtime import Runtime
from vapi_mcp.invocation.writes.records import OpenRecords
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.calls.audit_middleware import AuditMiddleware
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.server import create_mcp_server
from vapi_mcp.security.signing import Signer


def local_server(
    runtime: Runtime, grant: Grant, open_records: OpenRecords, audit_writer: AuditWriter
) -> Server[Any]:
    """Return the SDK's server for one grant."""
    names = ClientNames(Signer(grant.account.credential, "client"))
    trail = AuditTrail(audit_writer, runtime.registry)
    return create_mcp_server(
        runtime.registry,
        runtime.invoker_with(open_records),
        current_grant=lambda _: grant,
        limits=Limits(),
        names=names,
        middleware=[AuditMiddleware(trail, names, lambda _: grant)],
    )

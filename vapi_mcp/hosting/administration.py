"""The administration of a store, over HTTP and in a shell alike."""

from __future__ import annotations

from vapi_mcp.accounts.records import Upstreams
from vapi_mcp.admin.admin import Administration
from vapi_mcp.admin.ports import Store
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.registry.registry import Registry
from vapi_mcp.settings import Settings
from vapi_mcp.upstream.key_check import UpstreamKeyCheck


def administration_of(
    store: Store,
    audit_writer: AuditWriter,
    *,
    settings: Settings,
    registry: Registry,
    upstream: Upstream,
    upstreams: Upstreams,
) -> Administration:
    """Return the use cases of an administrator over a store."""
    return Administration(
        store,
        audit_writer,
        registry,
        UpstreamKeyCheck(upstream, upstreams),
        upstreams=upstreams,
        allow_private_upstream=settings.allow_private_upstream,
        allowed_upstream_hosts=settings.allowed_upstream_hosts,
    )

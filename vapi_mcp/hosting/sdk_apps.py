"""The composition of what stands on the SDK's server."""

from __future__ import annotations

from typing import Any

from mcp.server import Server, ServerRequestContext
from mcp.server.context import ServerMiddleware
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from sse_starlette.sse import AppStatus
from starlette.requests import Request

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.events.subscribing import Subscribing
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.http.mcp.event_streams import EventStreams
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.http.mcp.legacy_sse import EventStream, EventStreamMessages
from vapi_mcp.http.mcp.revocation import StreamRevocation
from vapi_mcp.http.mcp.sdk_lane import SdkApps
from vapi_mcp.http.mcp.stream_refusals import tell_refusal
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.writes.undo.change import OpenChanges
from vapi_mcp.protocol.apps.view_data import ViewData
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.audit_middleware import AuditMiddleware
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.server import create_mcp_server
from vapi_mcp.registry.registry import Registry


def hosted_server(
    registry: Registry,
    invoker: Invoker,
    trail: AuditTrail,
    *,
    metrics: Metrics,
    limits: Limits,
    names: ClientNames,
    view_data: ViewData,
    open_changes: OpenChanges | None = None,
    subscribing: Subscribing | None = None,
) -> Server[Any]:
    """Return the SDK's server for many grants."""
    audit = AuditMiddleware(trail, names, current_grant=_grant_of)
    middleware: list[ServerMiddleware[Any]] = [tell_refusal, metrics, audit]
    return create_mcp_server(
        registry,
        invoker,
        current_grant=_grant_of,
        middleware=middleware,
        limits=limits,
        names=names,
        view_data=view_data,
        open_changes=open_changes,
        subscribing=subscribing,
    )


def sdk_apps(
    server: Server[Any], guard: Guard, watch: StreamRevocation, drain: Drain, *, public_path: str
) -> SdkApps:
    """Return the apps over the SDK's server."""
    # Left alone, the library of the SDK's streams cuts those with calls still in flight.
    AppStatus.disable_automatic_graceful_drain()
    streams = EventStreams(guard.max_bytes, public_path)
    return SdkApps(
        json=_stateless(server, guard.max_bytes, json_response=True),
        stream=_stateless(server, guard.max_bytes, json_response=False),
        events=EventStream(server, streams, guard, watch, drain),
        messages=EventStreamMessages(streams, guard),
    )


def _stateless(
    server: Server[Any], limit: int, *, json_response: bool
) -> StreamableHTTPSessionManager:
    # Without security settings the SDK checks no hosts: ours are checked for every route.
    return StreamableHTTPSessionManager(
        server, stateless=True, json_response=json_response, max_request_body_size=limit
    )


def _grant_of(ctx: ServerRequestContext[Any, Any]) -> Grant:
    request: Request = ctx.request  # pyright: ignore[reportAssignmentType] - always one over HTTP
    return request.state.grant

"""The composition of the hosted server, the one place that knows every part."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mcp.server import Server, ServerRequestContext
from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider
from starlette.requests import Request
from starlette.types import ASGIApp

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Account, Grant, Upstreams
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.admin import Administration
from vapi_mcp.admin.housekeeping import Housekeeping
from vapi_mcp.admin.ports import Store
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.hosting.administration import administration_of
from vapi_mcp.hosting.processes.sse_routing import ForwardedMessages, NamedStream
from vapi_mcp.hosting.processes.worker_ipc import WorkerPeers
from vapi_mcp.http.admin_api.routes import admin_routes
from vapi_mcp.http.app import Application
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.endpoints.health import Readiness
from vapi_mcp.http.endpoints.media import MediaEndpoint
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.http.endpoints.tools import tools_preview
from vapi_mcp.http.mcp.event_streams import EventStreams
from vapi_mcp.http.mcp.fast_lane import FastLane
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.http.mcp.legacy_sse import EventStream, EventStreamMessages
from vapi_mcp.http.mcp.revocation import StreamRevocation
from vapi_mcp.http.mcp.stream_refusals import tell_refusal
from vapi_mcp.http.mcp.streamable import StreamableHttp
from vapi_mcp.invocation.artifacts.links import PURPOSE as MEDIA
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.observed import ObservedUpstream, UpstreamAnswer, UpstreamObserver
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.invocation.writes.records import OpenRecords, WriteRecords
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.audit_middleware import AuditMiddleware
from vapi_mcp.protocol.calls.tool_calls import ToolCalls
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.server import create_mcp_server
from vapi_mcp.registry.registry import Registry
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.log_redaction import keep_logs_discreet
from vapi_mcp.security.signing import Signer
from vapi_mcp.settings import Settings
from vapi_mcp.specs.facts.facts import Facts
from vapi_mcp.upstream.breaker import BreakerUpstream
from vapi_mcp.upstream.key_check import UpstreamKeyCheck
from vapi_mcp.upstream.shared import SharedUpstream
from vapi_mcp.upstream.shares import Shares


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """The parts that several endpoints share."""

    settings: Settings
    store: Store
    ring: KeyRing
    registry: Registry
    facts: Facts
    upstream: Upstream
    access: AccessService
    admin: Administration
    audit_writer: AuditWriter
    limits: Limits
    metrics: Metrics
    names: ClientNames
    links: MediaLinks


def compose(
    *,
    settings: Settings,
    store: Store,
    ring: KeyRing,
    registry: Registry,
    facts: Facts,
    upstream: Upstream,
    upstreams: Upstreams,
    held: Sequence[AbstractAsyncContextManager[Any]] = (),
    peers: WorkerPeers | None = None,
    is_fast: bool = True,
) -> Application:
    """Return the hosted server's parts, wired to each other.

    upstreams: where accounts are that do not say it. held: what is entered before everything else,
    such as the store's connections. peers: the other processes that share the port. is_fast:
    whether usual requests are answered without the SDK's server; tests compare both.
    """
    keep_logs_discreet()
    core = _core(
        settings=settings,
        store=store,
        ring=ring,
        registry=registry,
        facts=facts,
        upstream=upstream,
        upstreams=upstreams,
    )
    invoker, trail, guard = _invoker(core), _trail(core), _guard(core)
    server = _mcp_server(core, invoker, trail)
    lane = _fast_lane(core, invoker, trail, server) if is_fast else None
    watch, drain = StreamRevocation(guard.admit_afresh, store.revision), Drain(settings.drain_delay)
    streamable = StreamableHttp(server, registry, guard, watch, names=core.names, lane=lane)
    streams = EventStreams(guard.max_bytes, settings.public_path)
    stream: ASGIApp = EventStream(server, streams, guard, watch, drain)
    messages: ASGIApp = EventStreamMessages(streams, guard)
    background: list[AbstractAsyncContextManager[Any]] = [
        *held,
        core.metrics.running(),
        core.audit_writer.running(),
        Housekeeping(store, core.access).running(),
        watch.running(),
        streamable.running(),
    ]
    if peers is not None:
        background.append(peers.answering(messages))
        stream = NamedStream(stream, peers)
        messages = ForwardedMessages(messages, peers, guard)
    return Application(
        settings=settings,
        streamable=streamable,
        stream=stream,
        messages=messages,
        media=_media(core),
        tools=tools_preview(registry),
        readiness=Readiness(store.revision, drain, store.try_write).endpoint,
        metrics=core.metrics.endpoint,
        admin=admin_routes(core.admin, core.access, ring, settings),
        drain=drain,
        background=background,
    )


def _core(
    *,
    settings: Settings,
    store: Store,
    ring: KeyRing,
    registry: Registry,
    facts: Facts,
    upstream: Upstream,
    upstreams: Upstreams,
) -> _Core:
    metrics, access = Metrics(), AccessService(store, upstreams)
    audit_writer = AuditWriter(store, keep_days=settings.audit_days, on_loss=metrics.note_lost_rows)
    shares = Shares(on_refused=metrics.note_refused_place)
    observed = ObservedUpstream(upstream, [_key_watch(access), metrics.note_answer])
    breaker = BreakerUpstream(observed, on_refused=metrics.note_withheld_request)
    unobserved = SharedUpstream(upstream, shares)  # a key that is tried is of no kept account
    return _Core(
        settings=settings,
        store=store,
        ring=ring,
        registry=registry,
        facts=facts,
        upstream=SharedUpstream(breaker, shares),
        access=access,
        admin=administration_of(
            store,
            audit_writer,
            settings=settings,
            registry=registry,
            check_key=UpstreamKeyCheck(unobserved, upstreams),
            upstreams=upstreams,
        ),
        audit_writer=audit_writer,
        limits=Limits(
            calls_at_once=settings.server_calls_at_once,
            per_minute=settings.server_calls_per_minute,
            streams=settings.server_streams,
        ),
        metrics=metrics,
        names=ClientNames(Signer(ring, "client")),
        links=MediaLinks(
            Signer(ring, MEDIA),
            lifetime=timedelta(hours=settings.media_link_hours),
            public_url=settings.public_url,
        ),
    )


def _invoker(core: _Core) -> Invoker:
    writes = WritePipeline(core.registry, _always(core.store))
    return Invoker(core.upstream, core.registry, writes, core.links)


def _trail(core: _Core) -> AuditTrail:
    return AuditTrail(core.audit_writer, core.registry, on_finished=core.metrics.note_request)


def _fast_lane(
    core: _Core, invoker: Invoker, trail: AuditTrail, server: Server[Any]
) -> FastLane | None:
    if not isinstance(get_tracer_provider(), ProxyTracerProvider):
        # Spans are the SDK's.
        return None
    return FastLane(
        core.registry,
        ToolCalls(invoker, core.limits),
        trail,
        names=core.names,
        server_info=server.server_info_stamp,
        answering=core.metrics.answering,
    )


def _mcp_server(core: _Core, invoker: Invoker, trail: AuditTrail) -> Server[Any]:
    audit = AuditMiddleware(trail, core.names, current_grant=_grant_of)
    return create_mcp_server(
        core.registry,
        invoker,
        current_grant=_grant_of,
        middleware=[tell_refusal, core.metrics, audit],
        limits=core.limits,
        names=core.names,
    )


def _guard(core: _Core) -> Guard:
    return Guard(
        core.access,
        core.registry,
        max_bytes=core.settings.max_request_bytes,
        seconds=core.settings.request_timeout,
        limits=core.limits,
    )


def _media(core: _Core) -> MediaEndpoint:
    return MediaEndpoint(
        core.links,
        core.access,
        core.registry,
        core.upstream,
        core.audit_writer,
        limits=core.limits,
        on_finished=core.metrics.note_request,
    )


def _key_watch(access: AccessService) -> UpstreamObserver:
    async def watch(account: Account, answer: UpstreamAnswer) -> None:
        await access.note_answer(account, answer.status, answer.said)

    return watch


def _always(store: Store) -> OpenRecords:
    async def opened() -> WriteRecords:
        return store

    return opened


def _grant_of(ctx: ServerRequestContext[Any, Any]) -> Grant:
    request: Request = ctx.request  # pyright: ignore[reportAssignmentType] - always one over HTTP
    return request.state.grant

"""The hosted server: the one place that knows every part of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from datetime import timedelta
from typing import Any

from mcp.server import ServerRequestContext
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Account, Grant, Upstreams
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.admin import Administration
from vapi_mcp.admin.housekeeping import Housekeeping
from vapi_mcp.admin.ports import Store
from vapi_mcp.audit.writer import Journal
from vapi_mcp.hosting.processes.sse_routing import ForwardedMessages, NamedStream
from vapi_mcp.hosting.processes.worker_ipc import Neighbours
from vapi_mcp.http.admin_api.routes import admin_routes
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.endpoints.health import Readiness, alive
from vapi_mcp.http.endpoints.media import MediaEndpoint
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.http.endpoints.tools import tools_preview
from vapi_mcp.http.errors import plain_error
from vapi_mcp.http.mcp.event_streams import EventStreams
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.http.mcp.legacy_sse import EventStream, EventStreamMessages
from vapi_mcp.http.mcp.revocation import StreamWatch
from vapi_mcp.http.mcp.stream_refusals import tell_refusal
from vapi_mcp.http.mcp.streamable import StreamableHttp
from vapi_mcp.http.middleware.access_log import AccessLog
from vapi_mcp.http.middleware.cors import Cors, cors_headers
from vapi_mcp.http.middleware.host_check import HostGuard
from vapi_mcp.http.middleware.late_bodies import LateBodies
from vapi_mcp.http.middleware.oauth_discovery import OAuthProbes
from vapi_mcp.http.middleware.request_framing import FramingGuard
from vapi_mcp.http.middleware.security_headers import DISCREET, ResponseHeaders
from vapi_mcp.http.middleware.trusted_proxies import TrustedProxies
from vapi_mcp.invocation.artifacts.links import PURPOSE as MEDIA
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.observed import ObservedUpstream, UpstreamAnswer, UpstreamObserver
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.writes.idempotency import OpenLedger
from vapi_mcp.invocation.writes.pipeline import Gate
from vapi_mcp.invocation.writes.records import Ledger
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.instructions import INSTRUCTIONS
from vapi_mcp.protocol.server import create_mcp_server
from vapi_mcp.registry.registry import Registry
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.log_redaction import keep_logs_discreet
from vapi_mcp.security.signing import Signer
from vapi_mcp.settings import Settings
from vapi_mcp.specs.facts.facts import Facts
from vapi_mcp.upstream.key_check import UpstreamKeyCheck
from vapi_mcp.upstream.shared import SharedUpstream
from vapi_mcp.upstream.shares import Shares


def create_app(
    *,
    settings: Settings,
    store: Store,
    ring: KeyRing,
    registry: Registry,
    facts: Facts,
    upstream: Upstream,
    upstreams: Upstreams | None = None,
    held: Sequence[AbstractAsyncContextManager[Any]] = (),
    neighbours: Neighbours | None = None,
) -> Starlette:
    """Return the hosted server as an ASGI app.

    upstreams: where accounts are that do not say it. held: what is entered before the first
    request and left after the last one, in this order and back, such as the store's connections.
    neighbours: the other processes that share the port.
    `app.state.drain` is what the process's server begins when it is told to end
    (`DrainingServer`).
    """
    keep_logs_discreet()
    upstreams = upstreams or Upstreams(settings.upstream_base_url)
    access = AccessService(store, upstreams=upstreams)
    metrics = Metrics()
    limits = Limits(
        calls_at_once=settings.server_calls_at_once,
        per_minute=settings.server_calls_per_minute,
        streams=settings.server_streams,
    )
    journal = Journal(store, keep_days=settings.audit_days, on_loss=metrics.note_lost_rows)
    shares = Shares(on_refused=metrics.note_refused_place)
    observed = ObservedUpstream(upstream, [_key_watch(access), metrics.note_answer])
    shared = SharedUpstream(observed, shares)
    administration = Administration(
        store,
        journal,
        registry,
        UpstreamKeyCheck(SharedUpstream(upstream, shares), upstreams),
        upstreams=upstreams,
        allow_private_upstream=settings.allow_private_upstream,
        allowed_upstream_hosts=settings.allowed_upstream_hosts,
    )
    names = ClientNames(Signer(ring, "client"))
    media_links = MediaLinks(
        Signer(ring, MEDIA),
        lifetime=timedelta(hours=settings.media_link_hours),
        public_url=settings.public_url,
    )
    media = MediaEndpoint(
        media_links,
        access,
        registry,
        shared,
        journal,
        limits=limits,
        on_finished=metrics.note_request,
    )
    server = create_mcp_server(
        registry,
        Invoker(
            shared,
            facts,
            Gate(registry, _always(store), shared),
            registry=registry,
            links=media_links,
        ),
        current_grant=_grant_of,
        instructions=INSTRUCTIONS,
        middleware=[
            tell_refusal,
            metrics,
            AuditTrail(
                journal,
                registry,
                names,
                current_grant=_grant_of,
                on_finished=metrics.note_request,
            ),
        ],
        limits=limits,
        names=names,
    )
    guard = Guard(
        access,
        registry,
        max_bytes=settings.max_request_bytes,
        seconds=settings.request_timeout,
        limits=limits,
    )
    watch = StreamWatch(guard.admit_afresh, store.revision)
    streamable = StreamableHttp(server, registry, guard, watch, names=names)
    drain = Drain(settings.drain_delay)
    streams = EventStreams(guard.max_bytes, settings.public_path)
    stream: ASGIApp = EventStream(server, streams, guard, watch, drain)
    messages: ASGIApp = EventStreamMessages(streams, guard)
    answering: AbstractAsyncContextManager[None] = nullcontext()
    if neighbours is not None:
        answering = neighbours.answering(messages)
        stream = NamedStream(stream, neighbours)
        messages = ForwardedMessages(messages, neighbours, guard)
    app = Starlette(
        routes=[
            *_both("/mcp", streamable),
            *_both("/mcp/{token}", streamable),
            *_both("/sse/{token}", stream),
            # Clients that append the name of a transport to whatever URL they are given.
            *_both("/mcp/{token}/mcp", streamable),
            *_both("/mcp/{token}/sse", stream),
            *_both("/messages/{token}", messages),
            *admin_routes(administration, access, ring, settings),
            Route("/media/{signed}", media),
            Route("/tools", tools_preview(registry)),
            Route("/healthz", alive),
            Route("/readyz", Readiness(store.revision, drain, store.try_write).endpoint),
            Route("/metrics", metrics.endpoint),
        ],
        middleware=[
            Middleware(LateBodies),
            Middleware(TrustedProxies, networks=settings.trusted_proxies),
            Middleware(ResponseHeaders),
            Middleware(AccessLog),
            Middleware(FramingGuard),
            Middleware(HostGuard, settings=settings),
            Middleware(Cors),
            Middleware(OAuthProbes),
        ],
        exception_handlers={HTTPException: _not_served, Exception: _fail},
        lifespan=_holding(
            *held,
            metrics.running(),
            journal.running(),
            Housekeeping(store, access).running(),
            watch.running(),
            streamable.running(),
            answering,
        ),
    )
    app.router.redirect_slashes = False
    app.state.drain = drain
    return app


def _holding(
    *parts: AbstractAsyncContextManager[Any],
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        del app
        async with AsyncExitStack() as stack:
            for part in parts:
                await stack.enter_async_context(part)
            yield

    return lifespan


def _key_watch(access: AccessService) -> UpstreamObserver:
    async def watch(account: Account, answer: UpstreamAnswer) -> None:
        await access.note_answer(account, answer.status, answer.said)

    return watch


def _always(store: Store) -> OpenLedger:
    async def opened() -> Ledger:
        return store

    return opened


def _both(path: str, endpoint: Callable[..., Any]) -> tuple[Route, Route]:
    # Clients and people add slashes, and a redirect loses the body in some of them.
    return Route(path, endpoint), Route(f"{path}/", endpoint)


def _grant_of(ctx: ServerRequestContext[Any, Any]) -> Grant:
    request: Request = ctx.request  # pyright: ignore[reportAssignmentType] - always one over HTTP
    return request.state.grant


async def _not_served(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, HTTPException):
        raise error
    known = {404: "there is nothing here", 405: "this method is not answered here"}
    text = known.get(error.status_code, error.detail)
    return plain_error(error.status_code, text, error.headers)


async def _fail(request: Request, error: Exception) -> Response:
    del error
    headers = {**DISCREET, **cors_headers(request.scope)}
    return plain_error(500, "this server failed; its log says more", headers)

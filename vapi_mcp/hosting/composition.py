"""What an application serves over HTTP, wired together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.records import ApiToken, Upstreams
from vapi_mcp.admin.housekeeping import Housekeeping
from vapi_mcp.admin.ports import Store
from vapi_mcp.console.late import LateConsole
from vapi_mcp.events.callbacks import Callbacks
from vapi_mcp.hosting.application import Application
from vapi_mcp.hosting.memory import giving_back, keep_loaded
from vapi_mcp.hosting.processes.sse_routing import ForwardedMessages, NamedStream
from vapi_mcp.hosting.processes.worker_ipc import WorkerPeers
from vapi_mcp.hosting.shared_parts import SharedParts, always, shared_parts
from vapi_mcp.http.admin_paths import admin_paths
from vapi_mcp.http.app import MEDIA_PATH, Endpoints
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.endpoints.health import Readiness
from vapi_mcp.http.endpoints.tools import tools_preview
from vapi_mcp.http.late_routes import LateRoutes, late_routes
from vapi_mcp.http.mcp.fast_lane import FastLane
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.http.mcp.revocation import StreamRevocation
from vapi_mcp.http.mcp.sdk_lane import LateApp, SdkApps, SdkLane
from vapi_mcp.http.mcp.streamable import StreamableHttp
from vapi_mcp.http.middleware.oauth_discovery import oauth_paths
from vapi_mcp.http.oauth.sign_in import OAuthSignIn
from vapi_mcp.late import Late
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.greeting.server_info import SERVER_INFO
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.log_redaction import keep_logs_discreet
from vapi_mcp.upstream.public.late_documents import LateClientDocuments
from vapi_mcp.web.ready_lines import writing_ready_lines

if TYPE_CHECKING:
    from vapi_mcp.admin.access.keys import KeyRotation
    from vapi_mcp.console.console import Console
    from vapi_mcp.http.oauth.authorize import SessionOf
    from vapi_mcp.invocation.invoker import Invoker
    from vapi_mcp.oauth.ports import ClientDocuments
    from vapi_mcp.oauth.services import OAuthServices
    from vapi_mcp.protocol.calls.tool_calls import ToolCalls

# How long after its start a server loads what calls tools, if no call came before.
_QUIET_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class _Standing:
    invoker: Late[Invoker]
    trail: AuditTrail
    guard: Guard
    watch: StreamRevocation
    drain: Drain


def compose(
    application: Application,
    *,
    store: Store,
    ring: KeyRing,
    upstreams: Upstreams,
    held: Sequence[AbstractAsyncContextManager[Any]] = (),
    peers: WorkerPeers | None = None,
    rotation: KeyRotation | None = None,
    is_fast: bool = True,
    documents: ClientDocuments | None = None,
    session_of: SessionOf | None = None,
    callbacks: Callbacks | None = None,
) -> Endpoints:
    """Return the hosted server's parts, wired to each other.

    upstreams: where accounts are that do not say it. held: what is entered before everything else,
    such as the store's connections. peers: the other processes that share the port. rotation: the
    rotation of the store's keys. is_fast: whether usual requests are answered without the SDK's
    server; tests compare both. documents: what reads documents of OAuth clients. session_of: who is
    signed in, for the authorization page; without it, the sessions of the console. callbacks:
    brings events to subscribers.
    """
    keep_logs_discreet()
    parts = shared_parts(
        application, store, ring, upstreams, rotation=rotation, callbacks=callbacks
    )
    settings, registry = application.settings, application.registry
    drain = Drain(settings.drain_delay)
    invoker = Late(partial(_invoker, parts, drain))
    calls = Late(partial(_calls, parts, invoker))
    trail = parts.application.audit_trail(parts.audit_writer, parts.metrics.note_request)
    guard = _guard(parts)
    lane = _fast_lane(parts, calls, trail) if is_fast else None
    watch = StreamRevocation(guard.admit_afresh, store.revision)
    standing = _Standing(invoker, trail, guard, watch, drain)
    sdk = SdkLane(partial(_sdk_apps, parts, standing))
    streamable = StreamableHttp(sdk, registry, guard, watch, names=parts.names, lane=lane)
    stream: ASGIApp = LateApp(sdk, "events")
    messages: ASGIApp = LateApp(sdk, "messages")
    background: list[AbstractAsyncContextManager[Any]] = [
        giving_back(),
        writing_ready_lines(),
        *held,
        parts.metrics.running(),
        parts.audit_writer.running(),
        Housekeeping(store, parts.access, oauth=parts.oauth).running(),
        watch.running(),
        sdk.running(),
        calls.loading(after=_QUIET_SECONDS),
        *(parts.events.running() if parts.events else ()),
    ]
    if peers is not None:
        background.append(peers.answering(messages))
        stream = NamedStream(stream, peers)
        messages = ForwardedMessages(messages, peers, guard)
    return Endpoints(
        settings=settings,
        streamable=streamable,
        stream=stream,
        messages=messages,
        media=LateRoutes(partial(_media_routes, parts)),
        tools=tools_preview(registry),
        readiness=Readiness(store.revision, drain, store.try_write).endpoint,
        metrics=parts.metrics.endpoint,
        admin=late_routes(admin_paths(), partial(_admin_routes, parts)),
        console=LateConsole(partial(_console, parts, standing)),
        oauth=late_routes(
            oauth_paths(settings.public_path),
            partial(_oauth_routes, parts, documents, session_of),
        ),
        offers_oauth=parts.oauth.is_offered,
        drain=drain,
        background=background,
        usual=streamable.answer_usual if lane else None,
    )


def _invoker(parts: SharedParts, drain: Drain) -> Invoker:
    opened = always(parts.store)
    invoker = parts.application.invoker(opened, parts.links, opened)
    invoker.waiting.is_ending = lambda: drain.has_begun
    return invoker


def _calls(parts: SharedParts, invoker: Late[Invoker]) -> ToolCalls:
    from vapi_mcp.protocol.calls.tool_calls import ToolCalls  # noqa: PLC0415 - loaded when it is used

    calls = ToolCalls(invoker.now(), parts.limits, parts.view_data)
    keep_loaded()
    return calls


def _admin_routes(parts: SharedParts) -> list[Route]:
    from vapi_mcp.http.admin_api.routes import admin_routes  # noqa: PLC0415 - loaded when it is used

    routes = admin_routes(parts.admin.now(), parts.access, parts.ring, parts.application.settings)
    keep_loaded()
    return routes


def _oauth_routes(
    parts: SharedParts, documents: ClientDocuments | None, session_of: SessionOf | None
) -> list[Route]:
    from vapi_mcp.http.oauth.routes import oauth_routes  # noqa: PLC0415 - loaded when it is used

    return oauth_routes(
        _oauth_services(parts, documents),
        parts.access,
        parts.oauth.is_offered,
        registry=parts.application.registry,
        ring=parts.ring,
        settings=parts.application.settings,
        session_of=session_of or _session_of(parts),
    )


def _fast_lane(parts: SharedParts, calls: Late[ToolCalls], trail: AuditTrail) -> FastLane | None:
    if not isinstance(get_tracer_provider(), ProxyTracerProvider):
        # Spans are the SDK's.
        return None
    return FastLane(
        parts.application.registry,
        calls,
        trail,
        names=parts.names,
        server_info=SERVER_INFO,
        answering=parts.metrics.answering,
        has_events=parts.events.has_any if parts.events else lambda _: False,
    )


def _sdk_apps(parts: SharedParts, on: _Standing) -> SdkApps:
    from vapi_mcp.hosting.sdk_apps import hosted_server, sdk_apps  # noqa: PLC0415 - it is slow

    server = hosted_server(
        parts.application.registry,
        on.invoker.now(),
        on.trail,
        metrics=parts.metrics,
        limits=parts.limits,
        names=parts.names,
        view_data=parts.view_data,
        open_changes=always(parts.store) if parts.application.settings.changes_days else None,
        subscribing=parts.events.subscribing if parts.events else None,
    )
    apps = sdk_apps(
        server, on.guard, on.watch, on.drain, public_path=parts.application.settings.public_path
    )
    keep_loaded()
    return apps


def _console(parts: SharedParts, on: _Standing) -> Console:
    from vapi_mcp.console.console import Console  # noqa: PLC0415 - loaded when it is used
    from vapi_mcp.console.readings import Readings  # noqa: PLC0415 - loaded when it is used
    from vapi_mcp.protocol.calls.tool_calls import ToolCalls  # noqa: PLC0415 - loaded when it is used

    return Console(
        administration=parts.admin.now(),
        access=parts.access,
        registry=parts.application.registry,
        settings=parts.application.settings,
        calls=ToolCalls(on.invoker.now(), parts.limits),
        trail=on.trail,
        links=parts.links,
        upstream=parts.application.upstream,
        readings=Readings(parts.audit_writer, parts.breaker, parts.store, parts.metrics),
    )


def _session_of(parts: SharedParts) -> SessionOf:
    """Return what finds the person who is signed in to the console."""
    from vapi_mcp.console.frame.cookie import SessionCookie  # noqa: PLC0415 - loaded when it is used

    cookie = SessionCookie(parts.application.settings)

    async def session_of(request: Request) -> ApiToken | None:
        session = await parts.admin.now().sessions.find(cookie.read(request))
        return session.api_token if session else None

    return session_of


def _guard(parts: SharedParts) -> Guard:
    return Guard(
        parts.access,
        parts.application.registry,
        max_bytes=parts.application.settings.max_request_bytes,
        seconds=parts.application.settings.request_timeout,
        limits=parts.limits,
        sign_in=OAuthSignIn(parts.oauth, parts.application.settings.public_url),
    )


def _oauth_services(parts: SharedParts, documents: ClientDocuments | None) -> OAuthServices:
    from vapi_mcp.admin.changes import ChangeLog  # noqa: PLC0415 - loaded when it is used
    from vapi_mcp.oauth.services import OAuthServices  # noqa: PLC0415 - loaded when it is used

    changes = ChangeLog(parts.audit_writer, utc_now)
    return OAuthServices.over(parts.store, changes, documents or LateClientDocuments())


def _media_routes(parts: SharedParts) -> list[Route]:
    from vapi_mcp.http.endpoints.media import MediaEndpoint  # noqa: PLC0415 - loaded when it is used

    media = MediaEndpoint(
        parts.links,
        parts.access,
        parts.application.registry,
        parts.application.upstream,
        parts.audit_writer,
        limits=parts.limits,
        on_finished=parts.metrics.note_request,
    )
    return [Route(MEDIA_PATH, media)]

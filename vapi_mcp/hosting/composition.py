"""What an application serves over HTTP, wired together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import ProxyTracerProvider, get_tracer_provider
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Account, ApiToken, Upstreams
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.housekeeping import Housekeeping
from vapi_mcp.admin.ports import Store
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.console.late import LateConsole
from vapi_mcp.events.callbacks import Callbacks
from vapi_mcp.hosting.application import Application
from vapi_mcp.hosting.events import Events, events_of
from vapi_mcp.hosting.memory import keep_loaded
from vapi_mcp.hosting.processes.sse_routing import ForwardedMessages, NamedStream
from vapi_mcp.hosting.processes.worker_ipc import WorkerPeers
from vapi_mcp.http.admin_paths import admin_paths
from vapi_mcp.http.app import MEDIA_PATH, Endpoints
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.endpoints.health import Readiness
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.http.endpoints.tools import tools_preview
from vapi_mcp.http.late_routes import LateRoutes, late_routes
from vapi_mcp.http.mcp.fast_lane import FastLane
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.http.mcp.revocation import StreamRevocation
from vapi_mcp.http.mcp.sdk_lane import LateApp, SdkApps, SdkLane
from vapi_mcp.http.mcp.streamable import StreamableHttp
from vapi_mcp.http.middleware.oauth_discovery import oauth_paths
from vapi_mcp.http.oauth.sign_in import OAuthSignIn
from vapi_mcp.invocation.artifacts.links import PURPOSE as MEDIA
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.belonging.upstream import BelongingUpstream
from vapi_mcp.invocation.observed import ObservedUpstream, UpstreamAnswer, UpstreamObserver
from vapi_mcp.late import Late
from vapi_mcp.oauth.access import OAuthAccess
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.greeting.server_info import SERVER_INFO
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.log_redaction import keep_logs_discreet
from vapi_mcp.security.signing import Signer
from vapi_mcp.upstream.breaker import BreakerUpstream
from vapi_mcp.upstream.public.late_documents import LateClientDocuments
from vapi_mcp.upstream.shared import SharedUpstream
from vapi_mcp.upstream.shares import Shares
from vapi_mcp.web.ready_lines import writing_ready_lines

if TYPE_CHECKING:
    from vapi_mcp.admin.access.keys import KeyRotation
    from vapi_mcp.admin.admin import Administration
    from vapi_mcp.console.console import Console
    from vapi_mcp.http.oauth.authorize import SessionOf
    from vapi_mcp.invocation.invoker import Invoker
    from vapi_mcp.oauth.ports import ClientDocuments
    from vapi_mcp.oauth.services import OAuthServices
    from vapi_mcp.protocol.apps.view_data import ViewData
    from vapi_mcp.protocol.calls.tool_calls import ToolCalls

# How long after its start a server loads what calls tools, if no call came before.
_QUIET_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Core:
    """The parts that several endpoints share."""

    application: Application
    store: Store
    ring: KeyRing
    access: AccessService
    admin: Late[Administration]
    audit_writer: AuditWriter
    limits: Limits
    metrics: Metrics
    names: ClientNames
    links: MediaLinks
    oauth: OAuthAccess
    breaker: BreakerUpstream
    events: Events | None

    @property
    def view_data(self) -> ViewData:
        from vapi_mcp.protocol.apps.view_data import ViewData  # noqa: PLC0415 - loaded when it is used

        registry, upstream = self.application.registry, self.application.upstream
        return ViewData(registry, upstream, self.links)


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
    core = _core(application, store, ring, upstreams, rotation=rotation, callbacks=callbacks)
    settings, registry = application.settings, application.registry
    drain = Drain(settings.drain_delay)
    invoker = Late(partial(_invoker, core, drain))
    calls = Late(partial(_calls, core, invoker))
    trail = core.application.audit_trail(core.audit_writer, core.metrics.note_request)
    guard = _guard(core)
    lane = _fast_lane(core, calls, trail) if is_fast else None
    watch = StreamRevocation(guard.admit_afresh, store.revision)
    standing = _Standing(invoker, trail, guard, watch, drain)
    sdk = SdkLane(partial(_sdk_apps, core, standing))
    streamable = StreamableHttp(sdk, registry, guard, watch, names=core.names, lane=lane)
    stream: ASGIApp = LateApp(sdk, "events")
    messages: ASGIApp = LateApp(sdk, "messages")
    background: list[AbstractAsyncContextManager[Any]] = [
        writing_ready_lines(),
        *held,
        core.metrics.running(),
        core.audit_writer.running(),
        Housekeeping(store, core.access, oauth=core.oauth).running(),
        watch.running(),
        sdk.running(),
        calls.loading(after=_QUIET_SECONDS),
        *(core.events.running() if core.events else ()),
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
        media=LateRoutes(partial(_media_routes, core)),
        tools=tools_preview(registry),
        readiness=Readiness(store.revision, drain, store.try_write).endpoint,
        metrics=core.metrics.endpoint,
        admin=late_routes(admin_paths(), partial(_admin_routes, core)),
        console=LateConsole(partial(_console, core, standing)),
        oauth=late_routes(
            oauth_paths(settings.public_path),
            partial(_oauth_routes, core, documents, session_of),
        ),
        offers_oauth=core.oauth.is_offered,
        drain=drain,
        background=background,
        usual=streamable.answer_usual if lane else None,
    )


def _core(
    application: Application,
    store: Store,
    ring: KeyRing,
    upstreams: Upstreams,
    *,
    rotation: KeyRotation | None,
    callbacks: Callbacks | None,
) -> _Core:
    settings = application.settings
    metrics, access = Metrics(), AccessService(store, upstreams)
    audit_writer = application.audit_writer(store, on_loss=metrics.note_lost_rows)
    shares = Shares(on_refused=metrics.note_refused_place)
    observed = ObservedUpstream(application.upstream, [_key_watch(access), metrics.note_answer])
    breaker = BreakerUpstream(observed, on_refused=metrics.note_withheld_request)
    # A key that is tried is of no kept account: nothing is noted of it.
    unobserved = SharedUpstream(application.upstream, shares)
    check_key = application.key_check(upstreams, unobserved)
    kept = BelongingUpstream(
        SharedUpstream(breaker, shares), application.registry.tools.values(), _always(store)
    )
    shared = replace(application, upstream=kept)
    return _Core(
        application=shared,
        store=store,
        ring=ring,
        access=access,
        admin=Late(
            partial(
                shared.administration,
                store,
                audit_writer,
                upstreams=upstreams,
                check_key=check_key,
                upstream=shared.upstream,
                rotation=rotation,
            )
        ),
        audit_writer=audit_writer,
        limits=Limits(
            calls_at_once=settings.server_calls_at_once,
            per_minute=settings.server_calls_per_minute,
            streams=settings.server_streams,
        ),
        metrics=metrics,
        names=application.client_names(ring),
        links=MediaLinks(
            Signer(ring, MEDIA),
            lifetime=timedelta(hours=settings.media_link_hours),
            public_url=settings.public_url,
        ),
        breaker=breaker,
        events=events_of(
            settings,
            application.registry,
            store,
            shared.upstream,
            upstreams,
            log=audit_writer,
            callbacks=callbacks,
            on_attempt=metrics.note_event_attempt,
        ),
        oauth=OAuthAccess(store, upstreams, is_on=settings.oauth == "on"),
    )


def _invoker(core: _Core, drain: Drain) -> Invoker:
    opened = _always(core.store)
    invoker = core.application.invoker(opened, core.links, opened)
    invoker.waiting.is_ending = lambda: drain.has_begun
    return invoker


def _calls(core: _Core, invoker: Late[Invoker]) -> ToolCalls:
    from vapi_mcp.protocol.calls.tool_calls import ToolCalls  # noqa: PLC0415 - loaded when it is used

    calls = ToolCalls(invoker.now(), core.limits, core.view_data)
    keep_loaded()
    return calls


def _admin_routes(core: _Core) -> list[Route]:
    from vapi_mcp.http.admin_api.routes import admin_routes  # noqa: PLC0415 - loaded when it is used

    routes = admin_routes(core.admin.now(), core.access, core.ring, core.application.settings)
    keep_loaded()
    return routes


def _oauth_routes(
    core: _Core, documents: ClientDocuments | None, session_of: SessionOf | None
) -> list[Route]:
    from vapi_mcp.http.oauth.routes import oauth_routes  # noqa: PLC0415 - loaded when it is used

    return oauth_routes(
        _oauth_services(core, documents),
        core.access,
        core.oauth.is_offered,
        registry=core.application.registry,
        ring=core.ring,
        settings=core.application.settings,
        session_of=session_of or _session_of(core),
    )


def _fast_lane(core: _Core, calls: Late[ToolCalls], trail: AuditTrail) -> FastLane | None:
    if not isinstance(get_tracer_provider(), ProxyTracerProvider):
        # Spans are the SDK's.
        return None
    return FastLane(
        core.application.registry,
        calls,
        trail,
        names=core.names,
        server_info=SERVER_INFO,
        answering=core.metrics.answering,
        has_events=core.events.has_any if core.events else lambda _: False,
    )


def _sdk_apps(core: _Core, on: _Standing) -> SdkApps:
    from vapi_mcp.hosting.sdk_apps import hosted_server, sdk_apps  # noqa: PLC0415 - it is slow

    server = hosted_server(
        core.application.registry,
        on.invoker.now(),
        on.trail,
        metrics=core.metrics,
        limits=core.limits,
        names=core.names,
        view_data=core.view_data,
        open_changes=_always(core.store) if core.application.settings.changes_days else None,
        subscribing=core.events.subscribing if core.events else None,
    )
    apps = sdk_apps(
        server, on.guard, on.watch, on.drain, public_path=core.application.settings.public_path
    )
    keep_loaded()
    return apps


def _console(core: _Core, on: _Standing) -> Console:
    from vapi_mcp.console.console import Console  # noqa: PLC0415 - loaded when it is used
    from vapi_mcp.console.readings import Readings  # noqa: PLC0415 - loaded when it is used
    from vapi_mcp.protocol.calls.tool_calls import ToolCalls  # noqa: PLC0415 - loaded when it is used

    return Console(
        administration=core.admin.now(),
        access=core.access,
        registry=core.application.registry,
        settings=core.application.settings,
        calls=ToolCalls(on.invoker.now(), core.limits),
        trail=on.trail,
        links=core.links,
        upstream=core.application.upstream,
        readings=Readings(core.audit_writer, core.breaker, core.store, core.metrics),
    )


def _session_of(core: _Core) -> SessionOf:
    """Return what finds the person who is signed in to the console."""
    from vapi_mcp.console.frame.cookie import SessionCookie  # noqa: PLC0415 - loaded when it is used

    cookie = SessionCookie(core.application.settings)

    async def session_of(request: Request) -> ApiToken | None:
        session = await core.admin.now().sessions.find(cookie.read(request))
        return session.api_token if session else None

    return session_of


def _guard(core: _Core) -> Guard:
    return Guard(
        core.access,
        core.application.registry,
        max_bytes=core.application.settings.max_request_bytes,
        seconds=core.application.settings.request_timeout,
        limits=core.limits,
        sign_in=OAuthSignIn(core.oauth, core.application.settings.public_url),
    )


def _oauth_services(core: _Core, documents: ClientDocuments | None) -> OAuthServices:
    from vapi_mcp.admin.changes import ChangeLog  # noqa: PLC0415 - loaded when it is used
    from vapi_mcp.oauth.services import OAuthServices  # noqa: PLC0415 - loaded when it is used

    changes = ChangeLog(core.audit_writer, utc_now)
    return OAuthServices.over(core.store, changes, documents or LateClientDocuments())


def _media_routes(core: _Core) -> list[Route]:
    from vapi_mcp.http.endpoints.media import MediaEndpoint  # noqa: PLC0415 - loaded when it is used

    media = MediaEndpoint(
        core.links,
        core.access,
        core.application.registry,
        core.application.upstream,
        core.audit_writer,
        limits=core.limits,
        on_finished=core.metrics.note_request,
    )
    return [Route(MEDIA_PATH, media)]


def _key_watch(access: AccessService) -> UpstreamObserver:
    async def watch(account: Account, answer: UpstreamAnswer) -> None:
        if answer.has_key:
            await access.note_answer(account, answer.status, answer.said)

    return watch


def _always(store: Store) -> Callable[[], Awaitable[Store]]:
    async def opened() -> Store:
        return store

    return opened

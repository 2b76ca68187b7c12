"""The parts that several endpoints share, wired together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Account, Upstreams
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.ports import Store
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.events.callbacks import Callbacks
from vapi_mcp.hosting.application import Application
from vapi_mcp.hosting.events import Events, events_of
from vapi_mcp.http.endpoints.metrics import Metrics
from vapi_mcp.invocation.artifacts.links import PURPOSE as MEDIA
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.belonging.upstream import BelongingUpstream
from vapi_mcp.invocation.observed import ObservedUpstream, UpstreamAnswer, UpstreamObserver
from vapi_mcp.late import Late
from vapi_mcp.oauth.access import OAuthAccess
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.signing import Signer
from vapi_mcp.upstream.breaker import BreakerUpstream
from vapi_mcp.upstream.shared import SharedUpstream
from vapi_mcp.upstream.shares import Shares

if TYPE_CHECKING:
    from vapi_mcp.admin.access.keys import KeyRotation
    from vapi_mcp.admin.admin import Administration
    from vapi_mcp.protocol.apps.view_data import ViewData


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedParts:
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
        """What answers carry for clients that show views."""
        from vapi_mcp.protocol.apps.view_data import ViewData  # noqa: PLC0415 - loaded when it is used

        registry, upstream = self.application.registry, self.application.upstream
        return ViewData(registry, upstream, self.links)


def shared_parts(
    application: Application,
    store: Store,
    ring: KeyRing,
    upstreams: Upstreams,
    *,
    rotation: KeyRotation | None,
    callbacks: Callbacks | None,
) -> SharedParts:
    """Return the parts that several endpoints share, wired to each other."""
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
        SharedUpstream(breaker, shares), application.registry.tools.values(), always(store)
    )
    shared = replace(application, upstream=kept)
    return SharedParts(
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


def _key_watch(access: AccessService) -> UpstreamObserver:
    async def watch(account: Account, answer: UpstreamAnswer) -> None:
        if answer.has_key:
            await access.note_answer(account, answer.status, answer.said)

    return watch


def always(store: Store) -> Callable[[], Awaitable[Store]]:
    """Return what opens a store that is open already."""

    async def opened() -> Store:
        return store

    return opened

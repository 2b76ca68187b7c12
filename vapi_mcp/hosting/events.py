"""The composition of events: who subscribes, what is watched, and how it is brought."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Account, Grant, Upstreams
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.usage.analytics import NotReported, days_at_vapi
from vapi_mcp.admin.usage.records import total_of
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.events.callbacks import Callbacks
from vapi_mcp.events.courier import Courier
from vapi_mcp.events.reading import NotRead
from vapi_mcp.events.records import Outcome
from vapi_mcp.events.standing import Standing
from vapi_mcp.events.subscribing import Subscribing
from vapi_mcp.events.watcher import EventWatcher
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.registry.registry import Registry
from vapi_mcp.settings import Settings
from vapi_mcp.upstream.public.late_callbacks import LateCallbacks


@dataclass(frozen=True, slots=True)
class Events:
    """The parts of events in one process."""

    standing: Standing
    subscribing: Subscribing
    watcher: EventWatcher
    courier: Courier

    def has_any(self, grant: Grant) -> bool:
        """Return whether a grant may hear of an event."""
        return bool(self.standing.offered(grant))

    def running(self) -> list[AbstractAsyncContextManager[Any]]:
        """Return what works in the background."""
        return [self.watcher.running(), self.courier.running()]


def events_of(
    settings: Settings,
    registry: Registry,
    store: Store,
    upstream: Upstream,
    upstreams: Upstreams,
    *,
    log: AuditWriter,
    callbacks: Callbacks | None = None,
    on_attempt: Callable[[Outcome], None],
    clock: Clock = utc_now,
) -> Events | None:
    """Return the parts of events over a store; None: the settings allow no subscription.

    callbacks: the way to subscribers, if it is not to public addresses. on_attempt: hears how each
    attempt to bring an event ended.
    """
    if settings.event_subscriptions == 0:
        return None
    callbacks = callbacks or LateCallbacks()
    standing = Standing(registry, store, upstreams)

    async def spent_today(account: Account) -> float:
        today = clock().astimezone(UTC).date()
        try:
            return total_of(await days_at_vapi(upstream, account, today, today)).cost
        except NotReported as reason:
            raise NotRead(str(reason)) from reason

    return Events(
        standing,
        Subscribing(standing, store, callbacks, settings.event_subscriptions, clock),
        EventWatcher(
            registry,
            standing,
            store,
            upstream,
            spent_today,
            seconds=settings.event_poll_seconds,
            clock=clock,
        ),
        Courier(standing, store, callbacks, log=log, on_attempt=on_attempt, clock=clock),
    )

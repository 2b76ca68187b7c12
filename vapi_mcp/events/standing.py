"""What a subscription stands on: its server, alive, with the event in scope."""

from __future__ import annotations

from datetime import datetime

from vapi_mcp.accounts.records import Grant, Upstreams
from vapi_mcp.events.records import Subscription, SubscriptionStore
from vapi_mcp.registry.registry import Registry
from vapi_mcp.specs.tools.events import EventSpec, load_events


class Standing:
    """Says which events a grant may hear, and whether a subscription still may."""

    def __init__(self, registry: Registry, store: SubscriptionStore, upstreams: Upstreams) -> None:
        self._registry = registry
        self._store = store
        self._upstreams = upstreams

    def offered(self, grant: Grant) -> dict[str, EventSpec]:
        """Return the events of a grant: those whose list it may see, by name."""
        return {name: spec for name, spec in load_events().items() if self._is_seen(spec, grant)}

    async def grant_of(self, subscription: Subscription, now: datetime) -> Grant | None:
        """Return the grant that a subscription hears by; None: it may hear nothing any more.

        Raises:
            StoreError: The store cannot say.
        """
        if now >= subscription.expires_at:
            return None
        server = await self._store.get_server(subscription.account_id, subscription.server_id)
        account = await self._store.get_account(subscription.account_id)
        if server is None or account is None or server.is_expired(now):
            return None
        if server.links_epoch != subscription.links_epoch:
            return None
        if not await self._is_held(subscription, now):
            return None
        grant = Grant(self._upstreams.located(account), server)
        return grant if subscription.name in self.offered(grant) else None

    async def _is_held(self, subscription: Subscription, now: datetime) -> bool:
        """Return whether the token or the grant that came with it is still there."""
        holder = subscription.holder_id
        if holder is None or await self._store.get_api_token(holder) is not None:
            return True
        signed_in = await self._store.get_oauth_grant(holder)
        return signed_in is not None and not signed_in.has_ended(now)

    def _is_seen(self, spec: EventSpec, grant: Grant) -> bool:
        if spec.whole_account and grant.server.config.only is not None:
            return False
        tool = self._registry.tools.get(spec.seen_in)
        return tool is not None and tool.spec in grant.scope

"""The watcher: reads accounts that someone hears of, again and again, and notes what happened."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import StoreError, VapiMcpError
from vapi_mcp.events.occurrences import Occurrence, occurrence_in, overspent
from vapi_mcp.events.reading import changed_items
from vapi_mcp.events.records import Delivery, EventRecords, Subscription, Watch
from vapi_mcp.events.standing import Standing
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.registry.registry import Registry
from vapi_mcp.specs.tools.events import EventSpec, load_events

logger = logging.getLogger(__name__)

# Returns what an account's calls of the present day in UTC cost, in US dollars.
SpentToday: TypeAlias = Callable[[Account], Awaitable[float]]

_LOOKS_SECONDS = 2.0
# A process that dies while it reads is believed for so long.
_CLAIMED = timedelta(minutes=2)
# After so long without this service, older events are no news.
_LONGEST_PAUSE = timedelta(hours=24)
_SPEND_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Hearer:
    subscription: Subscription
    account: Account


class EventWatcher:
    """Reads each account with subscriptions every so many seconds, in one process at a time."""

    def __init__(
        self,
        registry: Registry,
        standing: Standing,
        store: EventRecords,
        upstream: Upstream,
        spent_today: SpentToday,
        *,
        seconds: float,
        clock: Clock = utc_now,
    ) -> None:
        self._registry = registry
        self._standing = standing
        self._store = store
        self._upstream = upstream
        self._spent_today = spent_today
        self._every = timedelta(seconds=seconds)
        self._clock = clock

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Watch while this is held."""
        task = asyncio.create_task(self._watch_on(), name="events")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def watch_due(self) -> int:
        """Read the accounts that are due now; return how many events are new.

        Raises:
            StoreError: The store failed; what is not kept is read again.
        """
        count = 0
        while watch := await self._claimed():
            count += await self._read(watch)
        return count

    async def _watch_on(self) -> None:
        while True:
            try:
                await self.watch_due()
            except StoreError:
                pass  # the store has logged it
            except Exception:
                logger.exception("watching for events broke down")
            await asyncio.sleep(_LOOKS_SECONDS)

    async def _claimed(self) -> Watch | None:
        now = self._clock()
        return await self._store.claim_watch(now, now + _CLAIMED)

    async def _read(self, watch: Watch) -> int:
        now = self._clock()
        hearers = await self._hearers(watch.account_id, now)
        seen, reached, count = dict(watch.seen), list[datetime](), 0
        for (realm, tool_name), some in _by_list(hearers).items():
            place = f"{realm} {tool_name}"
            if (read := seen.get(place)) is not None and now - read < _pause_of(some):
                continue
            begun = min(hearer.subscription.created_at for hearer in some)
            since = max(read or begun, now - _LONGEST_PAUSE)
            try:
                happened, until = await self._happened(tool_name, some, since, now)
            except VapiMcpError as error:
                logger.warning("events of an account are read later: %s", error)
                continue
            count += await self._store.add_deliveries(_deliveries(happened, some, now))
            seen[place] = until
            reached.append(until)
        kept = {place: moment for place, moment in seen.items() if now - moment < _LONGEST_PAUSE}
        is_behind = any(moment < now for moment in reached)
        next_at = now if is_behind else now + self._every
        await self._store.keep_watch(Watch(watch.account_id, kept), next_at)
        return count

    async def _hearers(self, account_id: str, now: datetime) -> list[_Hearer]:
        """Return who may still hear; the subscriptions of others end."""
        found: list[_Hearer] = []
        for subscription in await self._store.list_subscriptions(account_id, now):
            grant = await self._standing.grant_of(subscription, now)
            if grant is None:
                await self._store.delete_subscription(subscription.id)
            elif grant.account.status == "active":
                found.append(_Hearer(subscription, grant.account))
        return found

    async def _happened(
        self, tool_name: str, hearers: Sequence[_Hearer], since: datetime, now: datetime
    ) -> tuple[list[Occurrence], datetime]:
        """Return what happened, and the moment until which that is all."""
        account, specs = hearers[0].account, _specs_of(hearers)
        if any(spec.whole_account for spec in specs):
            spent = await self._spent_today(account)
            found = [overspent(s, h.subscription, spent, now) for s in specs for h in hearers]
            return [each for each in found if each], now
        tool = self._registry.tools[tool_name]
        items, until = await changed_items(self._upstream, account, tool, since, now)
        found = [occurrence_in(spec, item) for spec in specs for item in items]
        return [each for each in found if each], until


def _by_list(hearers: Sequence[_Hearer]) -> dict[tuple[str, str], list[_Hearer]]:
    """Return who hears of which list, as one of whom sees it."""
    found: dict[tuple[str, str], list[_Hearer]] = defaultdict(list)
    for hearer in hearers:
        spec = load_events()[hearer.subscription.name]
        found[hearer.account.realm, spec.reads].append(hearer)
    return found


def _pause_of(hearers: Sequence[_Hearer]) -> timedelta:
    """Return how long to wait between two readings, besides the pause of the whole account."""
    is_costly = any(spec.whole_account for spec in _specs_of(hearers))
    return _SPEND_EVERY if is_costly else timedelta(0)


def _specs_of(hearers: Sequence[_Hearer]) -> list[EventSpec]:
    return [load_events()[name] for name in dict.fromkeys(h.subscription.name for h in hearers)]


def _deliveries(
    happened: Sequence[Occurrence], hearers: Sequence[_Hearer], now: datetime
) -> list[Delivery]:
    return [
        occurrence.delivery(hearer.subscription, now)
        for occurrence in happened
        for hearer in hearers
        if occurrence.is_for(hearer.subscription)
    ]

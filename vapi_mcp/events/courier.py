"""The courier: brings events to their subscribers, at least once."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.errors import StoreError
from vapi_mcp.events.callbacks import CallbackFailed, Callbacks
from vapi_mcp.events.records import Delivery, EventRecords, Outcome, Subscription
from vapi_mcp.events.signing import signed_headers
from vapi_mcp.events.standing import Standing
from vapi_mcp.events.subscribing import SUBSCRIPTION_HEADER

logger = logging.getLogger(__name__)

# Seconds until the next attempt, after each that failed.
PAUSES = (30, 120, 600, 1_800, 3_600, 7_200)
_LOOKS_SECONDS = 2.0
_AT_ONCE = 16
# Longer than an attempt takes; a process that dies in one is believed for so long.
_CLAIMED = timedelta(minutes=1)
_NEVER_TAKEN = (HTTPStatus.GONE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class Courier:
    """Sends what is due, and again what did not arrive.

    log: has an entry of each event that is given up. on_attempt: hears how each attempt ended.
    """

    def __init__(
        self,
        standing: Standing,
        store: EventRecords,
        callbacks: Callbacks,
        *,
        log: AuditWriter,
        on_attempt: Callable[[Outcome], None] = lambda _: None,
        clock: Clock = utc_now,
    ) -> None:
        self._standing = standing
        self._store = store
        self._callbacks = callbacks
        self._log = log
        self._on_attempt = on_attempt
        self._clock = clock

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Deliver while this is held; what is under way then comes once more later."""
        task = asyncio.create_task(self._deliver_on(), name="event deliveries")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def deliver_due(self) -> int:
        """Try all that is due now; return how many attempts were made.

        Raises:
            StoreError: The store failed; what is not settled is tried again.
        """
        count = 0
        while True:
            now = self._clock()
            due = await self._store.claim_deliveries(now, now + _CLAIMED, _AT_ONCE)
            async with asyncio.TaskGroup() as attempts:
                for delivery, subscription in due:
                    attempts.create_task(self._attempt(delivery, subscription))
            count += len(due)
            if len(due) < _AT_ONCE:
                return count

    async def _deliver_on(self) -> None:
        while True:
            try:
                await self.deliver_due()
            except* StoreError:
                pass  # the store has logged it
            except* Exception:
                logger.exception("delivering events broke down")
            await asyncio.sleep(_LOOKS_SECONDS)

    async def _attempt(self, delivery: Delivery, subscription: Subscription) -> None:
        now = self._clock()
        if await self._standing.grant_of(subscription, now) is None:
            await self._store.delete_subscription(subscription.id)
            return
        status, problem = await self._sent(delivery, subscription, now)
        settled = _settled(delivery, status, now)
        self._on_attempt(settled.outcome)
        if settled.outcome == "failed":
            await self._record_failure(delivery, subscription, problem)
        if status == HTTPStatus.GONE:
            await self._store.delete_subscription(subscription.id)
        else:
            await self._store.settle_delivery(settled)

    async def _record_failure(
        self, delivery: Delivery, subscription: Subscription, problem: str
    ) -> None:
        logger.warning(
            "event %s was not delivered to %s: %s", delivery.event_id, subscription.id, problem
        )
        await self._log.record(
            LogEntry(
                log_type="admin",
                status=HTTPStatus.BAD_GATEWAY,
                account_id=subscription.account_id,
                server_id=subscription.server_id,
                action="event.undelivered",
                actor="clock",
                message=f"{subscription.name} ({delivery.event_id}): {problem}",
            )
        )

    async def _sent(
        self, delivery: Delivery, subscription: Subscription, now: datetime
    ) -> tuple[int, str]:
        """Return the status of an attempt, 0 without an answer, and the reason of a failure."""
        body = delivery.body.encode()
        headers = signed_headers(delivery.event_id, body, subscription.secrets_at(now), now)
        headers[SUBSCRIPTION_HEADER] = subscription.id
        try:
            answer = await self._callbacks.post(subscription.url, body, headers)
        except CallbackFailed as error:
            return 0, error.reason
        return answer.status, f"it answered {answer.status}"


def _settled(delivery: Delivery, status: int, now: datetime) -> Delivery:
    attempts = delivery.attempts + 1
    over = replace(delivery, attempts=attempts, body="", next_at=now)
    if 200 <= status < 300:  # noqa: PLR2004 - the successes of HTTP
        return replace(over, outcome="delivered")
    if status in _NEVER_TAKEN or attempts > len(PAUSES):
        return replace(over, outcome="failed")
    # Spread, so that a receiver that comes back is not met by all at once.
    pause = PAUSES[attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
    return replace(delivery, attempts=attempts, next_at=now + timedelta(seconds=pause))

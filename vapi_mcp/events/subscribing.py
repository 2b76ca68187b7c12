"""The use cases of subscribers: which events there are, and beginning and ending to hear them."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import LimitReached
from vapi_mcp.events.asked import Asked, asked_in, life_in, secret_in
from vapi_mcp.events.callbacks import CallbackFailed, Callbacks
from vapi_mcp.events.errors import TooManySubscriptions, TooManyUrls
from vapi_mcp.events.records import EventRecords, Subscription
from vapi_mcp.events.signing import signed_headers
from vapi_mcp.events.standing import Standing

SUBSCRIPTION_HEADER = "x-mcp-subscription-id"
# Both secrets sign so long after one took the place of the other.
_OVERLAP = timedelta(hours=24)
_URLS_A_MINUTE = 10


class Subscribing:
    """Keeps subscriptions for as long as they are renewed.

    most: of one server. A URL is asked once, before anything is sent there, whether it wants this.
    """

    def __init__(
        self,
        standing: Standing,
        store: EventRecords,
        callbacks: Callbacks,
        most: int,
        clock: Clock = utc_now,
    ) -> None:
        self._standing = standing
        self._store = store
        self._callbacks = callbacks
        self._most = most
        self._clock = clock
        # Whoever may subscribe could else have us ask any URL again and again.
        self._asking = Limits(calls_at_once=2, per_minute=_URLS_A_MINUTE)

    def offered(self, grant: Grant) -> Sequence[Mapping[str, Any]]:
        """Return the events of a grant as clients see them."""
        return [spec.definition for spec in self._standing.offered(grant).values()]

    async def subscribe(self, grant: Grant, params: Mapping[str, Any]) -> Subscription:
        """Begin a subscription, or renew it; another secret takes the place of the former one.

        Raises:
            WrongSubscription: Something asked for is wrong.
            CallbackFailed: The URL is not asked, or does not confirm.
            StoreError: The store failed.
        """
        asked = self._asked(grant, params)
        secret = secret_in(params)
        now = self._clock()
        ends = now + life_in(params)
        live = await self._live(grant, now)
        former = next((each for each in live if each.id == asked.id_for(grant)), None)
        if former is not None:
            wanted = _renewed(former, secret, now, ends)
        elif len(live) >= self._most:
            raise self._too_many()
        else:
            wanted = _begun(asked, grant, secret, now, ends)
            if not any(each.is_beside(wanted) for each in live):
                await self._confirmed(wanted, now)
        if not await self._store.put_subscription(wanted, self._most):
            raise self._too_many()
        return wanted

    async def unsubscribe(self, grant: Grant, params: Mapping[str, Any]) -> None:
        """End a subscription; one that is not there has ended already.

        Raises:
            WrongSubscription: Something asked for is wrong.
            StoreError: The store failed.
        """
        await self._store.delete_subscription(self._asked(grant, params).id_for(grant))

    async def _live(self, grant: Grant, now: datetime) -> list[Subscription]:
        """Return the subscriptions of a grant's server that its present token stands for."""
        return [
            each
            for each in await self._store.list_subscriptions(grant.account.id, now)
            if each.server_id == grant.server.id and each.links_epoch == grant.server.links_epoch
        ]

    def _too_many(self) -> TooManySubscriptions:
        return TooManySubscriptions(
            self._most,
            f"this server has {self._most} subscriptions, the most it may have; end one with "
            "events/unsubscribe, or ask its administrator for more",
        )

    def _asked(self, grant: Grant, params: Mapping[str, Any]) -> Asked:
        return asked_in(params, self._standing.offered(grant))

    async def _confirmed(self, subscription: Subscription, now: datetime) -> None:
        try:
            async with self._asking.calling(subscription.server_id):
                await self._confirm(subscription, now)
        except LimitReached as error:
            raise TooManyUrls(
                f"{_URLS_A_MINUTE} URLs of this server were asked to confirm in the last minute, "
                "the most there may be; try again in a minute"
            ) from error

    async def _confirm(self, subscription: Subscription, now: datetime) -> None:
        """Ask a URL whether it wants to be told: it has to send back what only it was told."""
        challenge = secrets.token_urlsafe(32)
        body = orjson.dumps({"type": "verification", "challenge": challenge})
        headers = signed_headers(
            f"msg_verification_{secrets.token_hex(8)}", body, (subscription.secret,), now
        )
        headers[SUBSCRIPTION_HEADER] = subscription.id
        answer = await self._callbacks.post(subscription.url, body, headers)
        if not answer.is_success:
            raise CallbackFailed(
                "http_5xx" if answer.status >= 500 else "http_4xx",  # noqa: PLR2004 - the failures of HTTP
                f"the URL answered {answer.status}; it must answer 200 with the challenge",
            )
        said = _challenge_in(answer.body)
        if not hmac.compare_digest(said.encode(), challenge.encode()):
            raise CallbackFailed(
                "challenge_failed",
                "the URL did not confirm: it must answer 200 with the challenge it was sent",
            )


def _begun(asked: Asked, grant: Grant, secret: str, now: datetime, ends: datetime) -> Subscription:
    return Subscription(
        id=asked.id_for(grant),
        account_id=grant.account.id,
        server_id=grant.server.id,
        links_epoch=grant.server.links_epoch,
        holder_id=grant.api_token.id if grant.api_token else None,
        name=asked.spec.name,
        arguments=asked.arguments,
        url=asked.url,
        secret=secret,
        created_at=now,
        expires_at=ends,
    )


def _renewed(former: Subscription, secret: str, now: datetime, ends: datetime) -> Subscription:
    if secret == former.secret:
        return replace(former, expires_at=ends)
    return replace(
        former,
        expires_at=ends,
        secret=secret,
        former_secret=former.secret,
        former_until=now + _OVERLAP,
    )


def _challenge_in(body: bytes) -> str:
    try:
        found = orjson.loads(body)
    except ValueError:
        return ""
    said = found.get("challenge") if isinstance(found, dict) else None
    return said if isinstance(said, str) else ""

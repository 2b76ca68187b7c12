"""The use cases of subscribers: which events there are, and beginning and ending to hear them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import VapiMcpError
from vapi_mcp.events.callbacks import CallbackFailed, Callbacks
from vapi_mcp.events.records import EventRecords, Subscription
from vapi_mcp.events.signing import is_secret, signed_headers
from vapi_mcp.events.standing import Standing
from vapi_mcp.specs.tools.events import EventSpec

SUBSCRIPTION_HEADER = "x-mcp-subscription-id"
_LONGEST = timedelta(days=7)
_SHORTEST = timedelta(hours=1)
# Both secrets sign so long after one took the place of the other.
_OVERLAP = timedelta(hours=24)
_LONGEST_URL = 2_000
_URLS_A_MINUTE = 10
_LONGEST_VALUE = 200


class WrongSubscription(VapiMcpError):
    """What a client asks of events cannot be done; the message says what to do."""


class UnknownEvent(WrongSubscription):
    """There is no event of this name on this server."""


class UnknownDelivery(WrongSubscription):
    """Events are not brought in this way."""


class TooManySubscriptions(WrongSubscription):
    """A server has as many as it may have; `most` is how many."""

    def __init__(self, most: int, message: str) -> None:
        super().__init__(message)
        self.most = most


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client names a subscription by."""

    spec: EventSpec
    arguments: Mapping[str, Any]
    url: str

    def id_for(self, grant: Grant) -> str:
        """Return the id of the subscription, the same whenever the same is asked."""
        holder = grant.api_token.id if grant.api_token else None
        named = [grant.server.id, holder, self.spec.name, dict(self.arguments), self.url]
        told = orjson.dumps(named, option=orjson.OPT_SORT_KEYS)
        return f"sub_{hashlib.sha256(told).hexdigest()[:32]}"


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
            LimitReached: Too many URLs were asked in the last minute.
            StoreError: The store failed.
        """
        asked = self._asked(grant, params)
        secret = _secret_in(params)
        now = self._clock()
        ends = now + _life_in(params)
        live = await self._live(grant, now)
        former = next((each for each in live if each.id == asked.id_for(grant)), None)
        if former is not None:
            wanted = _renewed(former, secret, now, ends)
        elif len(live) >= self._most:
            raise self._too_many()
        else:
            wanted = _begun(asked, grant, secret, now, ends)
            if not any(each.is_beside(wanted) for each in live):
                async with self._asking.calling(grant.server.id):
                    await self._confirm(wanted, now)
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
        offered = self._standing.offered(grant)
        name = params.get("name")
        if not isinstance(name, str) or name not in offered:
            known = ", ".join(offered) or "none"
            raise UnknownEvent(f"name must be an event of this server: {known}")
        spec = offered[name]
        return Asked(spec, _arguments_in(params, spec), _url_in(params))

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


def _arguments_in(params: Mapping[str, Any], spec: EventSpec) -> dict[str, Any]:
    given = params.get("arguments") or {}
    if not isinstance(given, Mapping):
        raise WrongSubscription("arguments must be an object")
    schema = spec.definition["inputSchema"]
    if unknown := sorted(map(str, given.keys() - schema["properties"].keys())):
        known = ", ".join(schema["properties"])
        raise WrongSubscription(f"{spec.name} takes no {unknown[0][:100]!r}; it takes {known}")
    for name in schema.get("required", ()):
        if name not in given:
            raise WrongSubscription(f"{spec.name} needs {name}")
    return {name: _value(name, value, schema["properties"][name]) for name, value in given.items()}


def _value(name: str, value: Any, schema: Mapping[str, Any]) -> Any:
    if schema["type"] == "number":
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise WrongSubscription(f"{name} must be a number above 0")
        return float(value)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_VALUE:
        raise WrongSubscription(f"{name} must be text of at most {_LONGEST_VALUE} characters")
    return value


def _delivery_in(params: Mapping[str, Any]) -> Mapping[str, Any]:
    delivery = params.get("delivery")
    if not isinstance(delivery, Mapping) or delivery.get("mode") != "webhook":
        raise UnknownDelivery("delivery must be {mode: webhook, url, secret}")
    return delivery


def _url_in(params: Mapping[str, Any]) -> str:
    url = _delivery_in(params).get("url")
    if not isinstance(url, str) or len(url) > _LONGEST_URL or not _is_plain_https(url):
        raise WrongSubscription(
            f"delivery.url must be an https URL of at most {_LONGEST_URL} characters, without a "
            "user or a password"
        )
    return url


def _is_plain_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def _secret_in(params: Mapping[str, Any]) -> str:
    secret = _delivery_in(params).get("secret")
    if not isinstance(secret, str) or not is_secret(secret):
        raise WrongSubscription(
            "delivery.secret must be whsec_ and the base64 of 24 to 64 random bytes"
        )
    return secret


def _life_in(params: Mapping[str, Any]) -> timedelta:
    asked = params.get("ttlMs")
    if asked is None:
        return _LONGEST
    if isinstance(asked, bool) or not isinstance(asked, int | float) or not asked > 0:
        raise WrongSubscription("ttlMs must be a positive number of milliseconds, or null")
    seconds = min(asked / 1000, _LONGEST.total_seconds())
    return max(timedelta(seconds=seconds), _SHORTEST)


def _challenge_in(body: bytes) -> str:
    try:
        found = orjson.loads(body)
    except ValueError:
        return ""
    said = found.get("challenge") if isinstance(found, dict) else None
    return said if isinstance(said, str) else ""

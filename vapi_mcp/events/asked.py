"""What a client asks of events, read from the parameters of its request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.events.errors import UnknownDelivery, UnknownEvent, WrongSubscription
from vapi_mcp.events.signing import is_secret
from vapi_mcp.specs.tools.events import EventSpec

_LONGEST = timedelta(days=7)
_SHORTEST = timedelta(hours=1)
_LONGEST_URL = 2_000
_LONGEST_VALUE = 200


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


def asked_in(params: Mapping[str, Any], offered: Mapping[str, EventSpec]) -> Asked:
    """Return what is asked, of events that are offered.

    Raises:
        WrongSubscription: Something of it is wrong; the message says what to do.
    """
    name = params.get("name")
    if not isinstance(name, str) or name not in offered:
        known = ", ".join(offered) or "none"
        raise UnknownEvent(f"name must be an event of this server: {known}")
    spec = offered[name]
    return Asked(spec, _arguments_in(params, spec), _url_in(params))


def _arguments_in(params: Mapping[str, Any], spec: EventSpec) -> dict[str, Any]:
    given = params.get("arguments")
    if given is None:
        return _arguments_in({"arguments": {}}, spec)
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
        raise UnknownDelivery(
            "delivery must be {mode: webhook, url}, for events/subscribe with a secret"
        )
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


def secret_in(params: Mapping[str, Any]) -> str:
    """Return the secret that is to sign; raises WrongSubscription."""
    secret = _delivery_in(params).get("secret")
    if not isinstance(secret, str) or not is_secret(secret):
        raise WrongSubscription(
            "delivery.secret must be whsec_ and the base64 of 24 to 64 random bytes"
        )
    return secret


def life_in(params: Mapping[str, Any]) -> timedelta:
    """Return how long a subscription lasts; raises WrongSubscription."""
    asked = params.get("ttlMs")
    if asked is None:
        return _LONGEST
    if isinstance(asked, bool) or not isinstance(asked, int | float) or not asked > 0:
        raise WrongSubscription("ttlMs must be a positive number of milliseconds, or null")
    seconds = min(asked / 1000, _LONGEST.total_seconds())
    return max(timedelta(seconds=seconds), _SHORTEST)

"""The check of a key at Vapi."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from vapi_mcp.accounts.records import Account, Region, Upstreams
from vapi_mcp.admin.key_check import KeyVerdict
from vapi_mcp.errors import LimitReached, UpstreamFailed
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse

# The cheapest question that only a private key of the right organisation may ask.
_QUESTION = UpstreamRequest("GET", "/assistant", (("limit", "1"),), deadline=10.0)
_MOST_QUOTED = 200


class Sender(Protocol):
    """A sender of requests to Vapi: `UpstreamClient`, or a wrapper of it."""

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Return the whole answer, with any status; raises UpstreamFailed."""
        ...


class UpstreamKeyCheck:
    """Tries a key by asking the account's own Vapi for one assistant.

    A key that is refused in one region is tried in the others, so that the verdict can say where
    it belongs; one that is refused elsewhere goes nowhere else.
    """

    def __init__(self, sender: Sender, upstreams: Upstreams) -> None:
        self._sender = sender
        self._upstreams = upstreams

    async def __call__(self, account: Account) -> KeyVerdict:
        """Return the verdict on the key of an account whose base URL is known."""
        try:
            answer = await self._sender.send(_QUESTION, account)
        except (UpstreamFailed, LimitReached) as failed:
            return KeyVerdict("unreachable", failed.message)
        host = urlsplit(account.base_url).hostname or account.base_url
        status = answer.status
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return KeyVerdict("unreachable", f"Vapi at {host} answered {status}.")
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return KeyVerdict("refused", await self._refusal(account, answer, host))
        if status != HTTPStatus.OK or not isinstance(_json(answer.body), list):
            return KeyVerdict("refused", _no_vapi(host, status))
        return KeyVerdict("accepted")

    async def _refusal(self, account: Account, answer: UpstreamResponse, host: str) -> str:
        said = _quoted(answer, account.credential.secret)
        if _is_public(account.credential.secret):
            return (
                f"This is a public key, which {host} refused{said}. Use the private key of the "
                "organisation, from the API keys page of its dashboard."
            )
        if home := await self._home(account):
            return (
                f"{host} refused the key{said}, but region {home} accepts it: the "
                f"organisation is in that region. Set region to {home}."
            )
        return (
            f"{host} refused the key{said}. Check that it is the private key and not the "
            "public one, that it is complete and not revoked, and that the region is the "
            "organisation's."
        )

    async def _home(self, account: Account) -> Region | None:
        """Return the region that takes a key which another one refused."""
        if account.base_url not in self._upstreams.regions.values():
            return None
        for region, url in self._upstreams.regions.items():
            if url != account.base_url and await self._is_taken(replace(account, base_url=url)):
                return region
        return None

    async def _is_taken(self, account: Account) -> bool:
        try:
            return (await self._sender.send(_QUESTION, account)).status == HTTPStatus.OK
        except (UpstreamFailed, LimitReached):
            return False


def _is_public(key: str) -> bool:
    """Return whether a key is a JWT that calls itself public; plain keys do not tell."""
    parts = key.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        return False
    try:
        payload = _json(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return False
    token = payload.get("token") if isinstance(payload, dict) else None
    return isinstance(token, dict) and token.get("tag") == "public"


def _no_vapi(host: str, status: int) -> str:
    return (
        f"{host} answered {status} and no list of assistants, so the key could not be "
        "checked. Check that the base URL is Vapi's API."
    )


def _quoted(answer: UpstreamResponse, secret: str) -> str:
    """Return Vapi's own words, unless the key is among them."""
    body = _json(answer.body)
    said = body.get("message") if isinstance(body, dict) else None
    if not isinstance(said, str) or not said.isprintable() or secret in said:
        return ""
    return f' ("{said[:_MOST_QUOTED]}")'


def _json(body: bytes) -> Any:
    try:
        return read_json(body).value
    except ValueError:
        return None

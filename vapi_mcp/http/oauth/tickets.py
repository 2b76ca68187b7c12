"""Tickets: what a form of the authorization page brings back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.security.signing import Signer

PURPOSE = "oauth-consent"
_SECONDS = 600
_BOUND = ("id", "name", "kind", "tenant_id", "account_id", "server_id")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A page that was shown for one request. token: of the person, once they have signed in."""

    query: str
    token: ApiToken | None = None


class Tickets:
    """Signs tickets, which any process of this server opens for ten minutes.

    A page of another site cannot make one, so a form that has one is of our own page.
    """

    def __init__(self, ring: KeyRing, now: Callable[[], float] = time.time) -> None:
        self._signer = Signer(ring, PURPOSE)
        self._now = now

    def sign(self, ticket: Ticket) -> str:
        """Return a ticket as text."""
        token = ticket.token and {name: getattr(ticket.token, name) for name in _BOUND}
        until = int(self._now()) + _SECONDS
        return self._signer.sign(
            orjson.dumps({"query": ticket.query, "token": token, "until": until}), PURPOSE
        )

    def open(self, text: str) -> Ticket | None:
        """Return the ticket of a text; None where it was not made here, or is over."""
        payload = self._signer.open(text, PURPOSE)
        if payload is None:
            return None
        content: dict[str, Any] = orjson.loads(payload)
        if content["until"] < self._now():
            return None
        token = content["token"]
        return Ticket(content["query"], token and ApiToken(**token))

"""Links of our own to a call's artifacts: signed, and good until their server ends or rotates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.records import Grant
from vapi_mcp.security.signing import Signer

PURPOSE = "media"

_CONTEXT = "link/2"
# As the version before signs; its links have no epoch, and are good in the first one.
_CONTEXT_BEFORE = "link/1"
_MOST_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link stands for: one artifact of one call, through one server.

    media_type: what its bytes were when it was made, and what they are served as. links_epoch: its
    server's when it was made; it is good in no other.
    """

    account_id: str
    server_id: str
    tool_name: str
    call_id: str
    media_type: str
    links_epoch: int
    expires_at: datetime


class MediaLinks:
    """Signs links and reads them again. Any process with the same key ring can do either."""

    def __init__(
        self,
        signer: Signer,
        *,
        lifetime: timedelta,
        public_url: str | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take what signs; public_url: what links begin with, whatever name a client used."""
        self._signer = signer
        self._lifetime = lifetime
        self._public_url = public_url
        self._clock = clock

    def issue(
        self, grant: Grant, origin: str, *, tool_name: str, call_id: str, media_type: str
    ) -> tuple[str, datetime]:
        """Return a link and when it ends: in its lifetime, or with its server if that is sooner."""
        ends = (self._clock() + self._lifetime).replace(microsecond=0)
        if grant.server.expires_at is not None:
            ends = min(ends, grant.server.expires_at)
        held = [
            grant.account.id,
            grant.server.id,
            tool_name,
            call_id,
            media_type,
            grant.server.links_epoch,
            int(ends.timestamp()),
        ]
        signed = self._signer.sign(orjson.dumps(held), _CONTEXT)
        return f"{self.base(origin)}/media/{signed}", ends

    def base(self, origin: str) -> str:
        """Return what URLs of this server begin with; origin: where a client reached it."""
        return self._public_url or origin

    def open(self, signed: str) -> Ticket | None:
        """Return what a link stands for; None where it was not signed here, or has ended."""
        held = self._held(signed) if len(signed) <= _MOST_CHARACTERS else None
        if held is None:
            return None
        *named, ends = held
        ticket = Ticket(*named, expires_at=datetime.fromtimestamp(ends, UTC))
        return ticket if self._clock() < ticket.expires_at else None

    def _held(self, signed: str) -> list[Any] | None:
        """Return what a link holds, as `issue` has it."""
        if (payload := self._signer.open(signed, _CONTEXT)) is not None:
            return orjson.loads(payload)
        if (payload := self._signer.open(signed, _CONTEXT_BEFORE)) is None:
            return None
        *named, ends = orjson.loads(payload)
        return [*named, 0, ends]

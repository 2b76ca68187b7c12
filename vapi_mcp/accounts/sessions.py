"""Sessions of the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vapi_mcp.accounts.records import ApiToken


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """A person who has signed in to the console with an API token of kind admin.

    api_token: what the session may see and change. client: the browser, as it calls itself.
    """

    id: str
    api_token: ApiToken
    client: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime

    def is_expired(self, now: datetime) -> bool:
        """Return whether the session has ended; the last moment no longer counts."""
        return now >= self.expires_at


class ConsoleSessions(Protocol):
    """The sessions of a store. Their secrets are known by hash only.

    A session ends with its API token.
    """

    async def add_session(self, session: ConsoleSession, secret_hash: str) -> bool:
        """Keep a new session; False when its API token is not there, or no longer."""
        ...

    async def find_session(self, secret_hash: str, now: datetime) -> ConsoleSession | None:
        """Return the session with this secret, if there is one that has not expired."""
        ...

    async def list_sessions(
        self, now: datetime, *, tenant_id: str | None = None
    ) -> Sequence[ConsoleSession]:
        """Return at most 200 sessions that have not expired, newest first.

        Only those of tokens bound to the tenant where one is given.
        """
        ...

    async def touch_session(self, session_id: str, now: datetime) -> None:
        """Note when a session was last used."""
        ...

    async def delete_session(self, session_id: str, *, tenant_id: str | None = None) -> bool:
        """End a session; False: not there for the tenant."""
        ...

    async def delete_expired_sessions(self, now: datetime, limit: int) -> int:
        """Delete at most `limit` sessions that have expired, and return how many there were."""
        ...

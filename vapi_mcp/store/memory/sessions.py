"""Sessions of the console in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from vapi_mcp.accounts.sessions import ConsoleSession


class MemorySessions:
    """The sessions of one process, found by the hash of their secret."""

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[str, ConsoleSession] = {}

    async def add_session(self, session: ConsoleSession, secret_hash: str) -> bool:
        """Keep a new session, if its API token is there."""
        if not self._has_api_token(session.api_token.id):
            return False
        self._sessions[secret_hash] = session
        return True

    async def find_session(self, secret_hash: str, now: datetime) -> ConsoleSession | None:
        """Return the session with this secret, if there is one that has not expired."""
        session = self._sessions.get(secret_hash)
        return session if session and not session.is_expired(now) else None

    async def list_sessions(
        self, now: datetime, *, tenant_id: str | None = None
    ) -> Sequence[ConsoleSession]:
        """Return the sessions that have not expired, newest first."""
        live = (s for s in self._sessions.values() if not s.is_expired(now))
        seen = (s for s in live if tenant_id in (None, s.api_token.tenant_id))
        return sorted(seen, key=lambda session: session.created_at, reverse=True)

    async def touch_session(self, session_id: str, now: datetime) -> None:
        """Note when a session was last used."""
        for secret_hash, session in self._sessions.items():
            if session.id == session_id:
                self._sessions[secret_hash] = replace(session, last_used_at=now)

    async def delete_session(self, session_id: str, *, tenant_id: str | None = None) -> bool:
        """End a session."""
        return self._end(
            lambda s: s.id == session_id and tenant_id in (None, s.api_token.tenant_id)
        )

    async def delete_expired_sessions(self, now: datetime, limit: int) -> int:
        """Delete sessions that have expired."""
        del limit
        before = len(self._sessions)
        self._end(lambda session: session.is_expired(now))
        return before - len(self._sessions)

    def _end(self, is_meant: Callable[[ConsoleSession], bool]) -> bool:
        meant = [digest for digest, session in self._sessions.items() if is_meant(session)]
        for digest in meant:
            del self._sessions[digest]
        return bool(meant)

    def _has_api_token(self, token_id: str) -> bool:
        raise NotImplementedError

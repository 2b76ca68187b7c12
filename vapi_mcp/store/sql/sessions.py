"""Sessions of the console in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql import Select

from vapi_mcp.accounts.sessions import ConsoleSession
from vapi_mcp.store.sql.database import Part, unbroken
from vapi_mcp.store.sql.rows import token_from
from vapi_mcp.store.sql.tables import api_tokens, console_sessions

_MOST_LISTED = 200
_OWN = ("id", "client", "created_at", "expires_at", "last_used_at")


class SqlSessions(Part):
    """The sessions of a database, found by the hash of their secret."""

    @unbroken
    async def add_session(self, session: ConsoleSession, secret_hash: str) -> bool:
        """Keep a new session; its API token cannot be deleted meanwhile."""
        owner = select(api_tokens.c.id).where(api_tokens.c.id == session.api_token.id)
        values = {name: getattr(session, name) for name in _OWN}
        values |= {"api_token_id": session.api_token.id, "secret_hash": secret_hash}
        async with self.database.writing() as connection:
            locked = owner.with_for_update(read=True, key_share=True)
            if (await connection.execute(locked)).one_or_none() is None:
                return False
            await connection.execute(insert(console_sessions).values(values))
            return True

    @unbroken
    async def find_session(self, secret_hash: str, now: datetime) -> ConsoleSession | None:
        """Return the session with this secret, if there is one that has not expired."""
        query = _live(now).where(console_sessions.c.secret_hash == secret_hash)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return _session_from(row) if row else None

    @unbroken
    async def list_sessions(
        self, now: datetime, *, tenant_id: str | None = None
    ) -> Sequence[ConsoleSession]:
        """Return the sessions that have not expired, newest first."""
        query = _live(now).order_by(console_sessions.c.created_at.desc()).limit(_MOST_LISTED)
        if tenant_id is not None:
            query = query.where(api_tokens.c.tenant_id == tenant_id)
        async with self.database.reading() as connection:
            return [_session_from(row) for row in (await connection.execute(query)).mappings()]

    @unbroken
    async def touch_session(self, session_id: str, now: datetime) -> None:
        """Note when a session was last used."""
        statement = update(console_sessions).where(console_sessions.c.id == session_id)
        async with self.database.writing() as connection:
            await connection.execute(statement.values(last_used_at=now))

    @unbroken
    async def delete_session(self, session_id: str, *, tenant_id: str | None = None) -> bool:
        """End a session."""
        statement = delete(console_sessions).where(console_sessions.c.id == session_id)
        if tenant_id is not None:
            ours = select(api_tokens.c.id).where(api_tokens.c.tenant_id == tenant_id)
            statement = statement.where(console_sessions.c.api_token_id.in_(ours))
        async with self.database.writing() as connection:
            return (await connection.execute(statement)).rowcount > 0

    @unbroken
    async def delete_expired_sessions(self, now: datetime, limit: int) -> int:
        """Delete sessions that have expired."""
        over = select(console_sessions.c.id).where(console_sessions.c.expires_at <= now)
        statement = delete(console_sessions).where(console_sessions.c.id.in_(over.limit(limit)))
        async with self.database.writing() as connection:
            return (await connection.execute(statement)).rowcount


def _live(now: datetime) -> Select[Any]:
    own = [console_sessions.c[name].label(f"session_{name}") for name in _OWN]
    joined = console_sessions.join(api_tokens)
    return select(*own, api_tokens).select_from(joined).where(console_sessions.c.expires_at > now)


def _session_from(row: Mapping[Any, Any]) -> ConsoleSession:
    own = {name: row[f"session_{name}"] for name in _OWN}
    return ConsoleSession(api_token=token_from(row), **own)

"""Use cases of the console's sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.accounts.sessions import ConsoleSession, ConsoleSessions
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.tenants import not_found
from vapi_mcp.security.tokens import SESSION_PREFIX, is_well_formed, new_token, token_hash

_LIFETIME = timedelta(hours=12)
# Last use is noted no more often than this.
_NOTED_EVERY = timedelta(minutes=1)
_LONGEST_CLIENT = 200


class SessionUseCases:
    """How people sign in to the console, and out."""

    def __init__(self, store: ConsoleSessions, changes: ChangeLog, clock: Clock) -> None:
        self._store = store
        self._changes = changes
        self._clock = clock

    async def begin(self, actor: ApiToken, client: str) -> tuple[ConsoleSession, str]:
        """Begin a session of an admin token and return it with its secret, for a cookie.

        client: the browser, as it calls itself.

        Raises:
            AdminError: 404, the token has just been deleted.
        """
        now, secret = self._clock(), new_token(SESSION_PREFIX)
        name = client[:_LONGEST_CLIENT]
        session = ConsoleSession(str(uuid4()), actor, name, now, now + _LIFETIME, now)
        if not await self._store.add_session(session, token_hash(secret)):
            raise not_found("API token")
        await self._record(session.api_token, "session.created", session)
        return session, secret

    async def find(self, secret: str) -> ConsoleSession | None:
        """Return the live session of a cookie, as its API token is now; None if there is none."""
        if not is_well_formed(secret, SESSION_PREFIX):
            return None
        now = self._clock()
        session = await self._store.find_session(token_hash(secret), now)
        if session is not None and now - session.last_used_at >= _NOTED_EVERY:
            await self._store.touch_session(session.id, now)
        return session

    async def list(self, actor: ApiToken) -> Sequence[ConsoleSession]:
        """Return the live sessions that the actor sees, at most 200, newest first."""
        return await self._store.list_sessions(self._clock(), tenant_id=actor.tenant_id)

    async def end(self, actor: ApiToken, session_id: str) -> None:
        """End a session, one's own or another.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        if not await self._store.delete_session(session_id, tenant_id=actor.tenant_id):
            raise not_found("session")
        arguments = {"session_id": session_id}
        await self._changes.record(actor, "session.deleted", arguments, tenant_id=actor.tenant_id)

    async def _record(self, actor: ApiToken, action: str, session: ConsoleSession) -> None:
        arguments = {"session_id": session.id, "client": session.client}
        await self._changes.record(actor, action, arguments, tenant_id=actor.tenant_id)

from __future__ import annotations

from vapi_mcp.access.clock import utc_now
from vapi_mcp.access.models import Grant
from vapi_mcp.access.ports import Clock, Servers
from vapi_mcp.access.tokens import is_well_formed, token_hash
from vapi_mcp.errors import AccessError


class AccessService:
    """Turns tokens into grants."""

    def __init__(self, store: Servers, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock

    async def resolve(self, token: str) -> Grant:
        """Return the grant a server token opens.

        Revoked, expired and unknown tokens look the same.

        Raises:
            AccessError: No live server has this token.
        """
        found = await self._store.find_server(token_hash(token)) if is_well_formed(token) else None
        if found is None or found[0].is_expired(self._clock()):
            raise AccessError
        server, account = found
        return Grant(account, server)

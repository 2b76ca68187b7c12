"""The removal of expired servers, and the dates of last use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from http import HTTPStatus

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.ports import Store
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.errors import StoreError
from vapi_mcp.oauth.access import OAuthAccess

_EVERY_SECONDS = 5.0
_BATCH = 100
# A client of OAuth that nobody has let in is forgotten after that.
_CLIENTS_KEPT = timedelta(days=1)


class Housekeeping:
    """Stores dates of last use, and removes expired servers and old records.

    An expired server leaves a tombstone in the audit log.
    """

    def __init__(
        self,
        store: Store,
        access: AccessService,
        clock: Clock = utc_now,
        *,
        oauth: OAuthAccess | None = None,
    ) -> None:
        """Take what has dates of last use to store; oauth: those of its grants."""
        self._store = store
        self._oauth = oauth
        self._access = access
        self._clock = clock

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep house while this is held, and once more at the end."""
        task = asyncio.create_task(self._keep_on(), name="housekeeping")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            with suppress(StoreError):
                await self._flush()

    async def tidy(self) -> None:
        """Do all that is due now.

        Raises:
            StoreError: The store failed; the next time does the rest.
        """
        await self._flush()
        while await self._store.delete_expired_servers(self._clock(), _BATCH, _tombstone) == _BATCH:
            continue
        while await self._store.delete_expired_sessions(self._clock(), _BATCH) == _BATCH:
            continue
        while await self._store.sweep(self._clock(), _BATCH) == _BATCH:
            continue
        while await self._store.delete_old_changes(self._clock(), _BATCH) == _BATCH:
            continue
        while await self._store.sweep_oauth(self._clock(), _BATCH) == _BATCH:
            continue
        while await self._store.sweep_events(self._clock(), _BATCH) == _BATCH:
            continue
        await self._store.forget_oauth_clients(self._clock() - _CLIENTS_KEPT, _BATCH)

    async def _flush(self) -> None:
        await self._access.flush()
        if self._oauth is not None:
            await self._oauth.flush()

    async def _keep_on(self) -> None:
        while True:
            with suppress(StoreError):  # the store has logged it
                await self.tidy()
            await asyncio.sleep(_EVERY_SECONDS)


def _tombstone(server: Server, account: Account) -> LogEntry:
    return LogEntry(
        log_type="admin",
        status=HTTPStatus.GONE,
        tenant_id=account.tenant_id,
        account_id=account.id,
        server_id=server.id,
        action="server.expired",
        actor="clock",
        message=server.name,
    )

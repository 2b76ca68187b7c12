"""Access tokens to grants, and whether there is OAuth at all."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Account, ApiToken, Grant, Server, Upstreams
from vapi_mcp.errors import AccessError
from vapi_mcp.oauth.ports import OAuthRecords
from vapi_mcp.oauth.records import OAuthGrant, is_oauth_token
from vapi_mcp.registry.scope import EVERYTHING, scope_of
from vapi_mcp.security.tokens import token_hash

# How long an answer of the store is believed, in seconds; as long as a grant of a server token.
_BELIEVED = 0.5
_MOST_GRANTS = 4096
_READ_ONLY = scope_of(methods=("read",))


@dataclass(frozen=True, slots=True)
class _Kept:
    grant: Grant
    until: float


class OAuthAccess:
    """Turns access tokens into grants, and notes their use."""

    def __init__(
        self,
        store: OAuthRecords,
        upstreams: Upstreams,
        *,
        is_on: bool = True,
        clock: Clock = utc_now,
    ) -> None:
        """Take what the setting says: is_on False means that there is no OAuth."""
        self._store = store
        self._upstreams = upstreams
        self._is_on = is_on
        self._clock = clock
        self._grants = OrderedDict[str, _Kept]()
        self._asking = dict[str, tuple[asyncio.Task[Grant], float]]()
        self._offered = False, 0.0
        self._used = dict[str, datetime]()

    async def is_offered(self) -> bool:
        """Return whether clients may sign in: some server asks for a second token.

        Raises:
            StoreError: The store cannot say.
        """
        if not self._is_on:
            return False
        offered, until = self._offered
        if until < (asked := time.monotonic()):
            offered = await self._store.has_guarded_server(self._clock())
            self._offered = offered, asked + _BELIEVED
        return offered

    def takes(self, token: str) -> bool:
        """Return whether a token is one of OAuth, live or not."""
        return self._is_on and is_oauth_token(token)

    async def resolve(self, token: str, *, afresh: bool = False) -> Grant:
        """Return the grant of an access token, narrowed as its person wished.

        afresh: believe nothing, ask the store.

        Raises:
            AccessError: The token opens nothing, or nothing any more.
            StoreError: The store cannot say.
        """
        digest, now = token_hash(token), self._clock()
        kept = self._grants.get(digest)
        if afresh:
            grant = await self._found(digest, now)
        elif kept is not None and kept.until >= time.monotonic():
            grant = kept.grant
        else:
            grant = await self._shared(digest, now)
        if grant.server.is_expired(now):
            raise AccessError
        if grant.api_token is not None:
            self._used[grant.api_token.id] = now
        return grant

    async def flush(self) -> None:
        """Write down when grants were last used; the moments are kept if the store fails."""
        used, self._used = self._used, {}
        try:
            await self._store.touch_oauth_grants(used)
        except BaseException:
            self._used = used | self._used
            raise

    async def _shared(self, digest: str, now: datetime) -> Grant:
        """Ask the store once for all who ask within half a second."""
        task, begun = self._asking.get(digest, (None, 0.0))
        if task is None or time.monotonic() - begun > _BELIEVED:
            task = asyncio.create_task(self._found(digest, now))
            self._asking[digest] = task, time.monotonic()
            task.add_done_callback(partial(self._answered, digest))
        # One who leaves takes the answer from nobody.
        return await asyncio.shield(task)

    def _answered(self, digest: str, task: asyncio.Task[Grant]) -> None:
        if self._asking.get(digest, (None, 0.0))[0] is task:
            del self._asking[digest]
        if not task.cancelled():
            task.exception()  # seen, also where all who waited have left

    async def _found(self, digest: str, now: datetime) -> Grant:
        asked = time.monotonic()
        self._grants.pop(digest, None)
        found = await self._store.find_oauth_access(digest, now)
        if found is None:
            raise AccessError
        oauth_grant, server, account = found
        grant = _grant(oauth_grant, server, self._upstreams.located(account))
        self._grants[digest] = _Kept(grant, asked + _BELIEVED)
        if len(self._grants) > _MOST_GRANTS:
            self._grants.popitem(last=False)
        return grant


def _grant(granted: OAuthGrant, server: Server, account: Account) -> Grant:
    """Return the scope of a server and its end, each narrowed by what a person granted.

    The audit log shows the client where it shows the API token of other requests.
    """
    ends = [moment for moment in (server.expires_at, granted.ends_at) if moment is not None]
    return Grant(
        account,
        replace(server, expires_at=min(ends, default=None)),
        narrowing=_READ_ONLY if granted.is_read_only else EVERYTHING,
        api_token=ApiToken(granted.id, f"OAuth: {granted.client_host}", "mcp"),
    )

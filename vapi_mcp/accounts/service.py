"""The access service: tokens to grants."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import Account, AccountStatus, ApiToken, Grant, Server, Upstreams
from vapi_mcp.errors import AccessError, ApiTokenRequired, StoreError
from vapi_mcp.security.tokens import API_PREFIX, LENGTH, PREFIX, is_well_formed, token_hash

# How long a grant is believed without asking the store, in seconds.
_BELIEVED = 0.5
_MOST_GRANTS = 4096
_T = TypeVar("_T")
_LEAST_API_TOKEN = 32


@dataclass(frozen=True, slots=True)
class _Kept:
    grant: Grant
    until: float


@dataclass(frozen=True, slots=True)
class _KnownToken:
    token: ApiToken
    until: float


@dataclass(frozen=True, slots=True)
class _Asking(Generic[_T]):
    """A question to the store that all who need its answer within half a second share."""

    task: asyncio.Task[_T]
    begun: float


class AccessService:
    """Turns tokens into grants; notes the use of tokens and the keys that Vapi refused.

    A grant is believed for half a second and never past its server's expiry, and so is the API
    token of an MCP request; that one is not there is believed not at all, and an administrator's
    never.
    """

    def __init__(
        self, store: AccessRecords, upstreams: Upstreams, *, clock: Clock = utc_now
    ) -> None:
        self._store = store
        self._clock = clock
        self._upstreams = upstreams
        self._grants = OrderedDict[str, _Kept]()
        self._asking = dict[str, _Asking[Grant]]()
        self._tokens = OrderedDict[str, _KnownToken]()
        self._asking_tokens = dict[str, _Asking[ApiToken | None]]()
        self._forgotten = 0
        self._used_servers = dict[str, datetime]()
        self._used_tokens = dict[str, datetime]()

    async def resolve(self, token: str, *, afresh: bool = False) -> Grant:
        """Return the grant a server token opens.

        Revoked, expired and unknown tokens look the same. afresh: believe nothing, ask the store.

        Raises:
            AccessError: No live server has this token.
            StoreError: The store cannot say.
        """
        digest, now = token_hash(token), self._clock()
        grant = None if afresh else self._believed(digest, now)
        if grant is None:
            # One that is believed was looked at before.
            if not is_well_formed(token, PREFIX):
                raise AccessError
            grant = await (self._found if afresh else self._shared)(digest, now)
        self._used_servers[grant.server.id] = now
        return grant

    async def grant_of(self, account_id: str, server_id: str) -> Grant:
        """Return the grant of a server known by its id, as the store has it now.

        Raises:
            AccessError: It is not there, or has ended.
            StoreError: The store cannot say.
        """
        server = await self._store.get_server(account_id, server_id)
        account = await self._store.get_account(account_id)
        now = self._clock()
        if server is None or account is None or server.is_expired(now):
            raise AccessError
        self._used_servers[server.id] = now
        return Grant(self._upstreams.located(account), server)

    def grant_over(self, account: Account, server: Server, actor: ApiToken) -> Grant:
        """Return the grant of an administrator who sees an account; the server need not be kept."""
        return Grant(self._upstreams.located(account), server, api_token=actor)

    def forget(self) -> None:
        """Believe nothing any more: something was changed in this process just now."""
        self._grants.clear()
        self._tokens.clear()
        self._asking.clear()
        self._asking_tokens.clear()
        self._forgotten += 1

    async def check_api_token(
        self, grant: Grant, token: str, *, afresh: bool = False
    ) -> ApiToken | None:
        """Return the API token of a grant's request, which must open it if its server asks for one.

        afresh: believe nothing, ask the store.

        Raises:
            ApiTokenRequired: It asks for one, and this is none, or bound to something else.
            StoreError: The store cannot say.
        """
        if not grant.server.config.require_api_token_auth:
            return await self._volunteered(grant, token)
        find = self._api_token if afresh else self._believed_api_token
        found = await find(token)
        if found is None or not found.opens(grant):
            raise ApiTokenRequired
        return found

    async def _volunteered(self, grant: Grant, token: str) -> ApiToken | None:
        """Return the API token that a request brings unasked, for the audit log alone."""
        if not is_well_formed(token, API_PREFIX):
            return None
        with suppress(StoreError):  # logged; nothing depends on it
            found = await self._believed_api_token(token)
            return found if found is not None and found.opens(grant) else None
        return None

    async def administrator(self, token: str) -> ApiToken:
        """Return the API token that opens the admin API.

        Raises:
            AccessError: It is none, or no longer there; one of another kind is told so.
            StoreError: The store cannot say.
        """
        found = await self._api_token(token)
        if found is None:
            raise AccessError
        if found.kind != "admin":
            raise AccessError("this API token has kind mcp; the admin API needs one of kind admin")
        return found

    async def find_api_token(self, token: str) -> ApiToken | None:
        """Return the API token of either kind with this secret; None: there is none.

        Raises:
            StoreError: The store cannot say.
        """
        return await self._api_token(token)

    async def note_answer(self, account: Account, status: int, said: str | None) -> None:
        """Keep an account's status true to how Vapi answered its key.

        said: Vapi's own words on a refusal.
        """
        refused = status == 401  # noqa: PLR2004 - Vapi's answer to a key it does not take
        believed: AccountStatus = "needs_reauth" if refused else "active"
        # The successes of HTTP say that the key is good.
        if account.status == believed or not (refused or 200 <= status < 300):  # noqa: PLR2004 - the successes of HTTP
            return
        await self._store.update_account(
            account.id,
            lambda kept: _with_status(kept, account, believed, said if refused else None),
        )
        # The next answer is held against this status, not against the one believed until now.
        self.forget()

    async def flush(self) -> None:
        """Write down when servers and tokens were last used.

        Raises:
            StoreError: The store failed; the moments are kept for the next time.
        """
        servers, self._used_servers = self._used_servers, {}
        tokens, self._used_tokens = self._used_tokens, {}
        try:
            await self._store.touch_servers(servers)
            await self._store.touch_api_tokens(tokens)
        except BaseException:
            self._used_servers = servers | self._used_servers
            self._used_tokens = tokens | self._used_tokens
            raise

    def _believed(self, digest: str, now: datetime) -> Grant | None:
        kept = self._grants.get(digest)
        if kept is None or kept.until < time.monotonic() or kept.grant.server.is_expired(now):
            return None
        return kept.grant

    async def _shared(self, digest: str, now: datetime) -> Grant:
        """Ask the store once for all who ask at the same time: a grant ends for all of them."""
        asking = self._asking.get(digest)
        if asking is None or time.monotonic() - asking.begun > _BELIEVED:
            asking = _Asking(asyncio.create_task(self._found(digest, now)), time.monotonic())
            self._asking[digest] = asking
            asking.task.add_done_callback(partial(_answered, self._asking, digest))
        # One who leaves takes the answer from nobody.
        grant = await asyncio.shield(asking.task)
        if grant.server.is_expired(now):
            raise AccessError
        return grant

    async def _found(self, digest: str, now: datetime) -> Grant:
        asked, forgotten = time.monotonic(), self._forgotten
        self._grants.pop(digest, None)
        found = await self._store.find_server(digest, now)
        if found is None:
            raise AccessError
        grant = Grant(self._upstreams.located(found[1]), found[0])
        if forgotten != self._forgotten:
            return grant
        self._grants[digest] = _Kept(grant, asked + _BELIEVED)
        if len(self._grants) > _MOST_GRANTS:
            self._grants.popitem(last=False)
        return grant

    async def _believed_api_token(self, token: str) -> ApiToken | None:
        now, digest = time.monotonic(), token_hash(token)
        if (known := self._tokens.get(digest)) is not None and known.until >= now:
            self._used_tokens[known.token.id] = self._clock()
            return known.token
        asking = self._asking_tokens.get(digest)
        if asking is None or now - asking.begun > _BELIEVED:
            asking = _Asking(asyncio.create_task(self._found_api_token(token, digest)), now)
            self._asking_tokens[digest] = asking
            asking.task.add_done_callback(partial(_answered, self._asking_tokens, digest))
        return await asyncio.shield(asking.task)

    async def _found_api_token(self, token: str, digest: str) -> ApiToken | None:
        asked, forgotten = time.monotonic(), self._forgotten
        self._tokens.pop(digest, None)
        found = await self._api_token(token)
        if found is not None and forgotten == self._forgotten:
            self._tokens[digest] = _KnownToken(found, asked + _BELIEVED)
            if len(self._tokens) > _MOST_GRANTS:
                self._tokens.popitem(last=False)
        return found

    async def _api_token(self, token: str) -> ApiToken | None:
        if not _may_be_api_token(token):
            return None
        found = await self._store.find_api_token(token_hash(token))
        if found is not None:
            self._used_tokens[found.id] = self._clock()
        return found


def _answered(asking: dict[str, _Asking[_T]], digest: str, task: asyncio.Task[_T]) -> None:
    if (asked := asking.get(digest)) is not None and asked.task is task:
        del asking[digest]
    if not task.cancelled():
        task.exception()  # seen, also where all who waited have left


def _may_be_api_token(token: str) -> bool:
    """Return whether the store need be asked: one of our own making has a checksum."""
    if len(token) == LENGTH and token.startswith(API_PREFIX):
        return is_well_formed(token, API_PREFIX)
    # An operator's own bootstrap token may look like anything.
    return len(token) >= _LEAST_API_TOKEN


def _with_status(
    kept: Account, answered: Account, status: AccountStatus, said: str | None
) -> Account:
    # The answer was to an older key: it says nothing of the one that is there now.
    if kept.credential != answered.credential:
        return kept
    return replace(kept, status=status, last_error=said, updated_at=utc_now())

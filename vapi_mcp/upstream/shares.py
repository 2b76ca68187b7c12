"""Shares of the connections to Vapi, so that slow answers to one account delay no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

from vapi_mcp.accounts.places import Places
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import LimitReached

# Connections of a process, and the parts of them that one account and one tenant may hold.
CONNECTIONS = 256
ACCOUNT_SHARE = 1 / 4
TENANT_SHARE = 1 / 2
# Seconds that a request may wait for a connection to become free.
_PATIENCE = 1.0

Owner: TypeAlias = Literal["account", "tenant", "process"]

_WORDS: dict[Owner, str] = {
    "account": "requests to Vapi at once for one account",
    "tenant": "requests to Vapi at once for the accounts of one tenant",
    "process": "requests to Vapi at once for all accounts",
}


class _Share:
    """users: requests that have a place or wait for one."""

    def __init__(self, owner: Owner, size: int) -> None:
        self.owner: Owner = owner
        self.size = size
        self.places = Places(size)
        self.users = 0


class Place:
    """A place for one request, held while it lasts."""

    __slots__ = ("_account", "_held", "_shares")

    def __init__(self, shares: Shares, account: Account) -> None:
        self._shares = shares
        self._account = account
        self._held: Sequence[_Share] = ()

    async def __aenter__(self) -> None:
        self._held = await self._shares.enter(self._account)

    async def __aexit__(self, *_: object) -> None:
        self._shares.leave(self._held, self._account)


class Shares:
    """Hands out places for requests: an account has a share, its tenant one, the process all.

    A request holds its place until its answer is read to the end, however long that takes. The
    shares of an account and a tenant are taken first, so a waiting request keeps no connection
    from the others.
    """

    def __init__(
        self,
        connections: int = CONNECTIONS,
        *,
        on_refused: Callable[[Owner], object],
    ) -> None:
        """Share so many connections; on_refused: called with the share that had no room."""
        self._sizes: dict[Owner, int] = {
            "account": max(1, int(connections * ACCOUNT_SHARE)),
            "tenant": max(1, int(connections * TENANT_SHARE)),
        }
        self._all = _Share("process", connections)
        self._owned: dict[tuple[Owner, str], _Share] = {}
        self._on_refused = on_refused

    def place(self, account: Account) -> Place:
        """Return a place for one request of an account, to be held while it lasts.

        Entering it raises:
            LimitReached: None became free within a second.
        """
        return Place(self, account)

    async def enter(self, account: Account) -> Sequence[_Share]:
        """Take a place for one request of an account; raises as `place` says."""
        shares = [self._share("account", account.id)]
        if account.tenant_id is not None:
            shares.append(self._share("tenant", account.tenant_id))
        shares.append(self._all)
        taken: list[_Share] = []
        for share in shares:
            share.users += 1
        try:
            await self._take(shares, taken)
        except BaseException:
            self._give_back(taken, shares, account)
            raise
        return shares

    def leave(self, shares: Sequence[_Share], account: Account) -> None:
        """Give a place back."""
        self._give_back(shares, shares, account)

    def _give_back(
        self, taken: Sequence[_Share], shares: Sequence[_Share], account: Account
    ) -> None:
        for share in taken:
            share.places.release()
        for share in shares:
            share.users -= 1
        for owner in self._owners(account):
            if not self._owned[owner].users:
                del self._owned[owner]

    def _owners(self, account: Account) -> list[tuple[Owner, str]]:
        if account.tenant_id is None:
            return [("account", account.id)]
        return [("account", account.id), ("tenant", account.tenant_id)]

    def _share(self, owner: Owner, id_: str) -> _Share:
        share = self._owned.get((owner, id_))
        if share is None:
            share = self._owned[owner, id_] = _Share(owner, self._sizes[owner])
        return share

    async def _take(self, shares: list[_Share], taken: list[_Share]) -> None:
        """Take a place of each share, and add to `taken` those of which one was taken."""
        for share in shares:
            if not share.places.take():
                return await self._wait(shares, taken)
            taken.append(share)
        # Nothing had to wait, so no clock had to run.
        return None

    async def _wait(self, shares: list[_Share], taken: list[_Share]) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                for share in shares[len(taken) :]:
                    await share.places.acquire()
                    taken.append(share)
        except TimeoutError:
            short = shares[len(taken)]
            self._on_refused(short.owner)
            raise LimitReached(short.size, _WORDS[short.owner], _PATIENCE) from None

"""The objects that clients made, in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

_Made: TypeAlias = tuple[str, str]


def remembered() -> Callable[[], Awaitable[MemoryOwnedObjects]]:
    """Return what opens a memory of its own."""
    memory = MemoryOwnedObjects()

    async def opened() -> MemoryOwnedObjects:
        return memory

    return opened


class MemoryOwnedObjects:
    """What servers made that are kept to one client, for one process and its lifetime."""

    def __init__(self) -> None:
        super().__init__()
        self._owned: dict[tuple[str, str], frozenset[_Made]] = {}

    async def list_owned(self, account_id: str, owner: str) -> frozenset[_Made]:
        """Return what an owner made."""
        return self._owned.get((account_id, owner), frozenset())

    async def add_owned(
        self, account_id: str, owner: str, made: frozenset[_Made], now: datetime
    ) -> None:
        """Keep what an owner made."""
        del now
        self._owned[account_id, owner] = made | await self.list_owned(account_id, owner)

    def forget_owned_of(self, account_id: str) -> None:
        """Delete what is kept of an account that is deleted."""
        for key in [key for key in self._owned if key[0] == account_id]:
            del self._owned[key]

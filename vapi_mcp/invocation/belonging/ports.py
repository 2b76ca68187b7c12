"""What is remembered of objects that a client made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeAlias

# A kind and an id.
Reference: TypeAlias = tuple[str, str]


class OwnedObjects(Protocol):
    """The objects that clients made, by account and owner. Any method raises StoreError."""

    async def list_owned(self, account_id: str, owner: str) -> frozenset[Reference]:
        """Return what an owner made."""
        ...

    async def add_owned(
        self, account_id: str, owner: str, made: frozenset[Reference], now: datetime
    ) -> None:
        """Keep what an owner made; what is kept already stays."""
        ...


OpenOwned: TypeAlias = Callable[[], Awaitable[OwnedObjects]]

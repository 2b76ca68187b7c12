"""What the access service needs from the outside."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from vapi_mcp.access.models import Account, Server


class Clock(Protocol):
    """The present moment, with its time zone."""

    def __call__(self) -> datetime:
        """Return the present moment."""
        ...


class Store(Protocol):
    """Where accounts and servers are kept. Tokens are known by their hash only."""

    async def find_server(self, token_hash: str) -> tuple[Server, Account] | None:
        """Return the server with this token and the account behind it, if there is one."""
        ...

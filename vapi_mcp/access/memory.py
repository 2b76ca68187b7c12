from __future__ import annotations

from vapi_mcp.access.models import Account, Server
from vapi_mcp.access.tokens import token_hash


class MemoryStore:
    """A store for one process and its lifetime: servers made from flags or for the demo."""

    def __init__(self) -> None:
        self._servers: dict[str, tuple[Server, Account]] = {}

    def add(self, server: Server, account: Account, token: str) -> None:
        """Keep a server under the hash of its token."""
        self._servers[token_hash(token)] = (server, account)

    def remove(self, server_id: str) -> None:
        """Forget a server; its token stops working at once."""
        kept = {h: pair for h, pair in self._servers.items() if pair[0].id != server_id}
        self._servers = kept

    async def find_server(self, token_hash: str) -> tuple[Server, Account] | None:
        """Return the server with this token and the account behind it, if there is one."""
        return self._servers.get(token_hash)

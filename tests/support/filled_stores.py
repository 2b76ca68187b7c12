"""Many servers in a store, quickly."""

from __future__ import annotations

from sqlalchemy import insert

from tests.support.records import account, server
from vapi_mcp.security.tokens import new_token, token_hash
from vapi_mcp.store.sql.rows import account_values, server_values
from vapi_mcp.store.sql.sql_store import SqlStore
from vapi_mcp.store.sql.tables import accounts, servers

_SERVERS_EACH = 5


async def fill(store: SqlStore, count: int) -> list[str]:
    """Add so many servers, five to an account, in one transaction; return their tokens."""
    owners = [account() for _ in range(-(-count // _SERVERS_EACH))]
    tokens = [new_token() for _ in range(count)]
    ring = store.database.ring
    rows = [
        {
            **server_values(server(owners[number // _SERVERS_EACH])),
            "token_hash": token_hash(token),
        }
        for number, token in enumerate(tokens)
    ]
    async with store.database.writing() as connection:
        await connection.execute(insert(accounts), [account_values(o, ring) for o in owners])
        await connection.execute(insert(servers), rows)
    return tokens

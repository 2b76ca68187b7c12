"""The port of the store as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.accounts.sessions import ConsoleSessions
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.ports import AuditLog
from vapi_mcp.invocation.belonging.ports import OwnedObjects
from vapi_mcp.invocation.writes.records import WriteRecords
from vapi_mcp.invocation.writes.undo.change import ChangeRecords
from vapi_mcp.oauth.ports import OAuthRecords


class ExpiredServers(Protocol):
    """The removal of servers whose time is over, together with its audit rows."""

    async def delete_expired_servers(
        self, now: datetime, limit: int, tombstone: Callable[[Server, Account], LogEntry]
    ) -> int:
        """Delete at most `limit` servers that have expired, and return how many there were.

        Each leaves its tombstone in the audit log: both happen, or neither.
        """
        ...


class Store(
    AccessRecords,
    ConsoleSessions,
    ExpiredServers,
    AuditLog,
    WriteRecords,
    ChangeRecords,
    OwnedObjects,
    OAuthRecords,
    Protocol,
):
    """Where accounts, servers, tokens, sessions, the log, write records and changes are kept.

    Every read sees what any process has committed. Lists are newest first. Any method raises
    StoreError when the store fails.
    """

    async def try_write(self) -> None:
        """Write a value that nothing reads, to see whether writes go through."""
        ...

"""The whole store in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from vapi_mcp.accounts.pagination import Page, Window, page_among
from vapi_mcp.accounts.records import Account, ApiToken, Server
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.security.tokens import token_hash
from vapi_mcp.store.memory.audit_log import MemoryLog
from vapi_mcp.store.memory.oauth import MemoryOAuth
from vapi_mcp.store.memory.object_changes import MemoryChanges
from vapi_mcp.store.memory.owned_objects import MemoryOwnedObjects
from vapi_mcp.store.memory.sessions import MemorySessions
from vapi_mcp.store.memory.write_records import MemoryWriteRecords

_Record = TypeVar("_Record", Account, Server, ApiToken)


class MemoryStore(
    MemoryLog, MemoryWriteRecords, MemoryChanges, MemoryOwnedObjects, MemorySessions, MemoryOAuth
):
    """A store for one process and its lifetime: servers made from flags or for the demo."""

    def __init__(self) -> None:
        super().__init__()
        self._accounts: dict[str, Account] = {}
        self._servers: dict[str, Server] = {}
        self._server_hashes: dict[str, str] = {}
        self._tokens: dict[str, ApiToken] = {}
        self._token_hashes: dict[str, str] = {}
        self._revision = 0

    def add(self, server: Server, account: Account, token: str) -> None:
        """Keep a server, with its account, under the hash of its token."""
        self._accounts[account.id] = account
        self._servers[server.id] = server
        self._server_hashes[token_hash(token)] = server.id

    def remove(self, server_id: str) -> None:
        """Forget a server; its token stops working at once."""
        self._servers.pop(server_id, None)
        _drop(self._server_hashes, server_id)
        for token in [t for t in self._tokens.values() if t.server_id == server_id]:
            self._forget_api_token(token.id)
        self._end_grants_of(server_id=server_id)
        self._revision += 1

    async def try_write(self) -> None:
        """Do nothing: memory takes every write."""

    async def revision(self) -> int:
        """Count the changes that may have taken something away."""
        return self._revision

    async def add_account(self, account: Account) -> None:
        """Keep a new account."""
        self._accounts[account.id] = account

    async def get_account(self, account_id: str, *, tenant_id: str | None = None) -> Account | None:
        """Return an account, if it is there for the tenant."""
        account = self._accounts.get(account_id)
        return account if account and tenant_id in (None, account.tenant_id) else None

    async def list_accounts(self, window: Window, *, tenant_id: str | None = None) -> Page[Account]:
        """Return a page of accounts."""
        seen = (a for a in self._accounts.values() if tenant_id in (None, a.tenant_id))
        return page_among(seen, window)

    async def update_account(
        self,
        account_id: str,
        change: Callable[[Account], Account],
        *,
        tenant_id: str | None = None,
    ) -> Account | None:
        """Replace an account by the result of `change`."""
        account = await self.get_account(account_id, tenant_id=tenant_id)
        if account is None:
            return None
        changed = replace(change(account), id=account.id, created_at=account.created_at)
        self._accounts[account_id] = changed
        self._revision += 1
        return changed

    async def delete_account(self, account_id: str, *, tenant_id: str | None = None) -> bool:
        """Delete an account with its servers and the tokens bound to them."""
        if not await self.get_account(account_id, tenant_id=tenant_id):
            return False
        for server in [s for s in self._servers.values() if s.account_id == account_id]:
            self.remove(server.id)
        for token in [t for t in self._tokens.values() if t.account_id == account_id]:
            self._forget_api_token(token.id)
        self.forget_changes_of(account_id)
        self.forget_owned_of(account_id)
        del self._accounts[account_id]
        self._revision += 1
        return True

    async def add_server(self, server: Server, token_hash: str) -> bool:
        """Keep a new server, if its account is there."""
        if server.account_id not in self._accounts:
            return False
        self._servers[server.id] = server
        self._server_hashes[token_hash] = server.id
        return True

    async def find_server(self, token_hash: str, now: datetime) -> tuple[Server, Account] | None:
        """Return the live server with this token and the account behind it, if there is one."""
        server_id = self._server_hashes.get(token_hash)
        if server_id is None or self._servers[server_id].is_expired(now):
            return None
        server = self._servers[server_id]
        return server, self._accounts[server.account_id]

    async def get_server(self, account_id: str, server_id: str) -> Server | None:
        """Return one of the account's servers, if it is there."""
        server = self._servers.get(server_id)
        return server if server and server.account_id == account_id else None

    async def list_servers(self, account_id: str, window: Window, now: datetime) -> Page[Server]:
        """Return a page of the account's servers that have not expired."""
        servers = (s for s in self._servers.values() if s.account_id == account_id)
        return page_among((s for s in servers if not s.is_expired(now)), window)

    async def list_all_servers(
        self, window: Window, now: datetime, *, tenant_id: str | None = None
    ) -> Page[Server]:
        """Return a page of the servers of all accounts that have not expired."""
        seen = {a.id for a in self._accounts.values() if tenant_id in (None, a.tenant_id)}
        servers = (s for s in self._servers.values() if s.account_id in seen)
        return page_among((s for s in servers if not s.is_expired(now)), window)

    async def update_server(
        self, account_id: str, server_id: str, change: Callable[[Server], Server]
    ) -> Server | None:
        """Replace a server by the result of `change`."""
        server = await self.get_server(account_id, server_id)
        if server is None:
            return None
        changed = replace(
            change(server),
            id=server.id,
            account_id=server.account_id,
            created_at=server.created_at,
            last_used_at=server.last_used_at,
        )
        self._servers[server_id] = changed
        self._revision += 1
        return changed

    async def replace_token(
        self,
        account_id: str,
        server_id: str,
        token_hash: str,
        now: datetime,
        *,
        keep_links: bool = False,
    ) -> Server | None:
        """Give a server another token; the old one is dead, and so are its media links."""
        step = 0 if keep_links else 1
        changed = await self.update_server(
            account_id,
            server_id,
            lambda s: replace(s, updated_at=now, links_epoch=s.links_epoch + step),
        )
        if changed is not None:
            _drop(self._server_hashes, server_id)
            self._server_hashes[token_hash] = server_id
            self._end_grants_of(server_id=server_id)
        return changed

    async def delete_server(self, account_id: str, server_id: str) -> bool:
        """Delete a server with the tokens bound to it."""
        if not await self.get_server(account_id, server_id):
            return False
        self.remove(server_id)
        return True

    async def touch_servers(self, used: Mapping[str, datetime]) -> None:
        """Note when servers were last used."""
        _touch(self._servers, used)

    async def delete_expired_servers(
        self, now: datetime, limit: int, tombstone: Callable[[Server, Account], LogEntry]
    ) -> int:
        """Delete servers that have expired, the longest ago first, for their tombstones."""
        past = [(s.expires_at, s.id, s) for s in self._servers.values() if s.is_expired(now)]
        ended = [server for _, _, server in sorted(past, key=lambda found: found[:2])[:limit]]
        await self.add_entries([tombstone(s, self._accounts[s.account_id]) for s in ended])
        for server in ended:
            self.remove(server.id)
        return len(ended)

    async def add_api_token(self, token: ApiToken, token_hash: str) -> bool:
        """Keep a new token, if its account and server exist."""
        if token.account_id is not None and token.account_id not in self._accounts:
            return False
        if token.server_id is not None and token.server_id not in self._servers:
            return False
        self._tokens[token.id] = token
        self._token_hashes[token_hash] = token.id
        return True

    async def add_first_api_token(self, token: ApiToken, token_hash: str) -> bool:
        """Keep a token unless there is an admin one already."""
        if any(t.kind == "admin" for t in self._tokens.values()):
            return False
        return await self.add_api_token(token, token_hash)

    async def find_api_token(self, token_hash: str) -> ApiToken | None:
        """Return the token with this hash, if there is one."""
        token_id = self._token_hashes.get(token_hash)
        return self._tokens[token_id] if token_id else None

    async def get_api_token(
        self, token_id: str, *, tenant_id: str | None = None
    ) -> ApiToken | None:
        """Return a token, if it is there for the tenant."""
        token = self._tokens.get(token_id)
        return token if token and tenant_id in (None, token.tenant_id) else None

    async def list_api_tokens(
        self, window: Window, *, tenant_id: str | None = None
    ) -> Page[ApiToken]:
        """Return a page of tokens."""
        seen = (t for t in self._tokens.values() if tenant_id in (None, t.tenant_id))
        return page_among(seen, window)

    async def delete_api_token(self, token_id: str, *, tenant_id: str | None = None) -> bool:
        """Delete a token."""
        token = self._tokens.get(token_id)
        if token is None or tenant_id not in (None, token.tenant_id):
            return False
        self._forget_api_token(token_id)
        self._revision += 1
        return True

    async def touch_api_tokens(self, used: Mapping[str, datetime]) -> None:
        """Note when tokens were last used."""
        _touch(self._tokens, used)

    def _has_api_token(self, token_id: str) -> bool:
        return token_id in self._tokens

    def _forget_api_token(self, token_id: str) -> None:
        del self._tokens[token_id]
        self._end(lambda session: session.api_token.id == token_id)
        _drop(self._token_hashes, token_id)
        self._end_grants_of(api_token_id=token_id)


def _touch(records: dict[str, _Record], used: Mapping[str, datetime]) -> None:
    for record_id, moment in used.items():
        record = records.get(record_id)
        if isinstance(record, Server | ApiToken) and (record.last_used_at or moment) <= moment:
            records[record_id] = replace(record, last_used_at=moment)


def _drop(hashes: dict[str, str], record_id: str) -> None:
    for known in [h for h, kept in hashes.items() if kept == record_id]:
        del hashes[known]

"""The records of OAuth in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from vapi_mcp.accounts.pagination import Page, Window, page_among
from vapi_mcp.accounts.records import Account, ApiToken, Grant, Server
from vapi_mcp.oauth.records import AuthorizationCode, OAuthClient, OAuthGrant, OAuthToken

_CODES_KEPT = timedelta(hours=1)
_UNUSED_GRANT = timedelta(minutes=10)


class MemoryOAuth:
    """Records for one process and its lifetime; servers and API tokens are those of the store."""

    _accounts: dict[str, Account]
    _servers: dict[str, Server]
    _tokens: dict[str, ApiToken]
    _revision: int

    def __init__(self) -> None:
        super().__init__()
        self._oauth_clients: dict[str, OAuthClient] = {}
        self._oauth_grants: dict[str, OAuthGrant] = {}
        self._oauth_codes: dict[str, AuthorizationCode] = {}
        self._oauth_tokens: dict[str, OAuthToken] = {}

    async def put_oauth_client(self, client: OAuthClient) -> None:
        """Keep a client, or the newer state of one."""
        kept = self._oauth_clients.get(client.id, client)
        self._oauth_clients[client.id] = replace(client, created_at=kept.created_at)

    async def find_oauth_client(self, client_id: str) -> OAuthClient | None:
        """Return a client, if it is there."""
        return self._oauth_clients.get(client_id)

    async def count_oauth_clients(self) -> int:
        """Return the number of clients."""
        return len(self._oauth_clients)

    async def forget_oauth_clients(self, before: datetime, limit: int) -> int:
        """Delete clients older than a moment that have no grant, the oldest first."""
        used = {grant.client_id for grant in self._oauth_grants.values()}
        old = [c for c in self._oauth_clients.values() if c.created_at < before]
        unused = sorted((c for c in old if c.id not in used), key=lambda c: c.created_at)
        for client in unused[:limit]:
            del self._oauth_clients[client.id]
        return len(unused[:limit])

    async def add_oauth_grant(self, grant: OAuthGrant, code: AuthorizationCode) -> bool:
        """Keep a grant with its code, if what it rests on exists."""
        server = self._servers.get(grant.server_id)
        has_token = grant.api_token_id is None or grant.api_token_id in self._tokens
        if server is None or server.account_id != grant.account_id or not has_token:
            return False
        self._oauth_grants[grant.id] = grant
        self._oauth_codes[code.code_hash] = code
        return True

    async def get_oauth_grant(self, grant_id: str) -> OAuthGrant | None:
        """Return a grant, if it is there."""
        return self._oauth_grants.get(grant_id)

    async def list_oauth_grants(
        self, window: Window, *, tenant_id: str | None = None
    ) -> Page[OAuthGrant]:
        """Return a page of grants."""
        seen = (g for g in self._oauth_grants.values() if self._is_of(g, tenant_id))
        return page_among(seen, window)

    async def delete_oauth_grant(
        self, grant_id: str, *, tenant_id: str | None = None
    ) -> OAuthGrant | None:
        """Delete a grant with its codes and tokens."""
        grant = self._oauth_grants.get(grant_id)
        if grant is None or not self._is_of(grant, tenant_id):
            return None
        self._end_grants({grant_id})
        return grant

    async def touch_oauth_grants(self, used: Mapping[str, datetime]) -> None:
        """Note when grants were last used."""
        for grant_id, moment in used.items():
            grant = self._oauth_grants.get(grant_id)
            if grant is not None and (grant.last_used_at or moment) <= moment:
                self._oauth_grants[grant_id] = replace(grant, last_used_at=moment)

    async def find_oauth_code(self, code_hash: str) -> AuthorizationCode | None:
        """Return a code, used or not, if it is there."""
        return self._oauth_codes.get(code_hash)

    async def find_oauth_token(self, token_hash: str) -> OAuthToken | None:
        """Return a token, replaced or not, if it is there."""
        return self._oauth_tokens.get(token_hash)

    async def exchange_oauth_code(
        self, code_hash: str, tokens: tuple[OAuthToken, ...], now: datetime
    ) -> bool:
        """Use a code and keep its tokens."""
        code = self._oauth_codes.get(code_hash)
        if code is None or code.used_at is not None:
            return False
        self._oauth_codes[code_hash] = replace(code, used_at=now)
        return self._add_tokens(tokens)

    async def replace_oauth_token(
        self, token_hash: str, tokens: tuple[OAuthToken, ...], now: datetime
    ) -> bool:
        """Note that a token was replaced, and keep the new ones."""
        token = self._oauth_tokens.get(token_hash)
        if token is not None and token.replaced_at is None:
            self._oauth_tokens[token_hash] = replace(token, replaced_at=now)
        return self._add_tokens(tokens)

    async def delete_oauth_token(self, token_hash: str) -> bool:
        """Delete one token."""
        self._revision += 1
        return self._oauth_tokens.pop(token_hash, None) is not None

    async def find_oauth_access(
        self, token_hash: str, now: datetime
    ) -> tuple[OAuthGrant, Server, Account] | None:
        """Return what a live access token opens."""
        token = self._oauth_tokens.get(token_hash)
        if token is None or token.use != "access" or token.expires_at <= now:
            return None
        grant = self._oauth_grants[token.grant_id]
        server = self._servers[grant.server_id]
        if grant.has_ended(now) or server.is_expired(now):
            return None
        account = self._accounts[server.account_id]
        person = self._tokens.get(grant.api_token_id or "")
        # An account may have moved to a tenant that the person's token does not open.
        is_open = person is None or person.opens(Grant(account, server))
        return (grant, server, account) if is_open else None

    async def has_guarded_server(self, now: datetime) -> bool:
        """Return whether a server asks for a second token."""
        return any(_is_guarded(server, now) for server in self._servers.values())

    async def list_guarded_servers(
        self, token: ApiToken, now: datetime, limit: int
    ) -> list[tuple[Server, Account]]:
        """Return the guarded servers that an API token opens, by name."""
        guarded = (s for s in self._servers.values() if _is_guarded(s, now))
        pairs = ((server, self._accounts[server.account_id]) for server in guarded)
        opened = [(s, a) for s, a in pairs if token.opens(Grant(a, s))]
        return sorted(opened, key=lambda pair: (pair[0].name, pair[0].id))[:limit]

    async def sweep_oauth(self, now: datetime, limit: int) -> int:
        """Delete what has expired."""
        del limit  # there is nobody to wait for it
        for code in [c for c in self._oauth_codes.values() if c.expires_at <= now - _CODES_KEPT]:
            del self._oauth_codes[code.code_hash]
        for token in [t for t in self._oauth_tokens.values() if t.expires_at <= now]:
            del self._oauth_tokens[token.token_hash]
        used = {token.grant_id for token in self._oauth_tokens.values()}
        ended = {g.id for g in self._oauth_grants.values() if _has_ended(g, used, now)}
        if ended:
            self._end_grants(ended)
        return 0

    def _end_grants_of(self, *, server_id: str = "", api_token_id: str = "") -> None:
        grants = self._oauth_grants.values()
        self._end_grants(
            {g.id for g in grants if server_id == g.server_id or api_token_id == g.api_token_id}
        )

    def _end_grants(self, ended: set[str]) -> None:
        for grant_id in ended:
            del self._oauth_grants[grant_id]
        codes, tokens = self._oauth_codes, self._oauth_tokens
        self._oauth_codes = {k: c for k, c in codes.items() if c.grant_id not in ended}
        self._oauth_tokens = {k: t for k, t in tokens.items() if t.grant_id not in ended}
        self._revision += 1

    def _is_of(self, grant: OAuthGrant, tenant_id: str | None) -> bool:
        return tenant_id in (None, self._accounts[grant.account_id].tenant_id)

    def _add_tokens(self, tokens: tuple[OAuthToken, ...]) -> bool:
        if tokens[0].grant_id not in self._oauth_grants:
            return False
        self._oauth_tokens |= {each.token_hash: each for each in tokens}
        return True


def _is_guarded(server: Server, now: datetime) -> bool:
    return server.config.require_api_token_auth and not server.is_expired(now)


def _has_ended(grant: OAuthGrant, used: set[str], now: datetime) -> bool:
    is_left = grant.id not in used and grant.created_at <= now - _UNUSED_GRANT
    return grant.has_ended(now) or is_left

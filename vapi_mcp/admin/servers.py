"""Use cases of servers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import Account, ApiToken, Server, ServerConfig
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.previews.server_preview import ServerPreview, preview_of
from vapi_mcp.admin.requests import ConfigWords, NewServer, ServerChanges
from vapi_mcp.admin.serialisers import wire_server
from vapi_mcp.admin.server_config import check_exposes, merged
from vapi_mcp.admin.tenants import check_reach, not_found, visible_account
from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import scope_of
from vapi_mcp.registry.tool import Tool
from vapi_mcp.security.tokens import new_token, token_hash

_SHORTEST_LIFE = timedelta(seconds=60)
_MOST_SERVERS = 1000
# The fields of a server that the audit log shows.
_LOGGED = ("name", "config", "expires_at")


class ServerUseCases:
    """What an administrator does with the servers of an account.

    A server that has expired does not exist any more.
    """

    def __init__(
        self, store: AccessRecords, changes: ChangeLog, registry: Registry, clock: Clock
    ) -> None:
        self._store = store
        self._changes = changes
        self._registry = registry
        self._clock = clock

    async def create(
        self, actor: ApiToken, account_id: str, request: NewServer
    ) -> tuple[Server, str]:
        """Create a server and return it with its token, which nothing shows again.

        Raises:
            AdminError: 400, a value is wrong or the config exposes no tool; 403, a tenant would see
                more than before; 404, no such account.
        """
        account = await visible_account(self._store, actor, account_id)
        config = self._checked_config(ServerConfig(), request.config or ConfigWords())
        await self._check_reach(actor, account, config.only)
        self._check_expiry(request.expires_at)
        now, token = self._clock(), new_token()
        server = Server(
            str(uuid4()),
            request.name,
            account.id,
            expires_at=request.expires_at,
            config=config,
            created_at=now,
            updated_at=now,
        )
        if not await self._store.add_server(server, token_hash(token)):
            raise not_found("account")
        await self._record(actor, "server.created", account, server)
        return server, token

    async def list(self, actor: ApiToken, account_id: str, window: Window) -> Page[Server]:
        """Return a page of an account's servers.

        Raises:
            AdminError: 404, no such account.
        """
        account = await visible_account(self._store, actor, account_id)
        return await self._store.list_servers(account.id, window, self._clock())

    async def list_all(self, actor: ApiToken, window: Window) -> Page[Server]:
        """Return a page of the servers of all accounts that the actor sees."""
        return await self._store.list_all_servers(window, self._clock(), tenant_id=actor.tenant_id)

    async def get(self, actor: ApiToken, account_id: str, server_id: str) -> Server:
        """Return a server.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        return (await self._found(actor, account_id, server_id))[1]

    async def update(
        self, actor: ApiToken, account_id: str, server_id: str, request: ServerChanges
    ) -> Server:
        """Change a server; its token stays.

        The config is merged key by key, and checked only where it is given.

        Raises:
            AdminError: 400, a value is wrong or the config exposes no tool; 403, a tenant would see
                more than before; 404, no such server.
        """
        given = request.given
        account, _ = await self._found(actor, account_id, server_id)
        self._check_expiry(given.get("expires_at"))

        def change(kept: Server) -> Server:
            values = {n: given[n] for n in ("name", "expires_at") if n in given}
            if "config" in given:
                values["config"] = self._checked_config(kept.config, given["config"])
                check_reach(actor, values["config"].only, [kept.config.only])
            return replace(self._unexpired(kept), updated_at=self._clock(), **values)

        server = await self._store.update_server(account.id, server_id, change)
        if server is None:
            raise not_found("server")
        await self._record(actor, "server.updated", account, server, changed=sorted(given))
        return server

    async def delete(self, actor: ApiToken, account_id: str, server_id: str) -> None:
        """Delete a server; its token is dead at once, and API tokens bound to it are gone.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        account, server = await self._found(actor, account_id, server_id)
        if not await self._store.delete_server(account.id, server_id):
            raise not_found("server")
        await self._record(actor, "server.deleted", account, server)

    async def rotate(
        self, actor: ApiToken, account_id: str, server_id: str, *, keep_links: bool = False
    ) -> tuple[Server, str]:
        """Give a server another token and return both; the old token is dead at once.

        Its media links end with it, unless they are kept.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        account, _ = await self._found(actor, account_id, server_id)
        now, token = self._clock(), new_token()
        server = await self._store.replace_token(
            account.id, server_id, token_hash(token), now, keep_links=keep_links
        )
        if server is None:
            raise not_found("server")
        await self._record(actor, "server.rotated", account, server, keep_links=keep_links)
        return server, token

    async def preview_tools(
        self, actor: ApiToken, account_id: str, methods: Sequence[str], tags: Sequence[str]
    ) -> Sequence[Tool]:
        """Return the tools that a server of the account with these filters would expose.

        Raises:
            AdminError: 400, that would be none; 404, no such account.
        """
        await visible_account(self._store, actor, account_id)
        scope = scope_of(methods=methods, tags=tags)
        check_exposes(self._registry, scope)
        return self._registry.in_scope(scope)

    def preview(
        self,
        config: ConfigWords,
        base: ServerConfig = ServerConfig(),  # noqa: B008 - it is frozen
    ) -> ServerPreview:
        """Return what a server would show and risk with a config, or with this change of one.

        Raises:
            AdminError: 400, the config exposes no tool.
        """
        return preview_of(self._registry, self._checked_config(base, config))

    async def _found(
        self, actor: ApiToken, account_id: str, server_id: str
    ) -> tuple[Account, Server]:
        account = await visible_account(self._store, actor, account_id)
        server = await self._store.get_server(account.id, server_id)
        if server is None:
            raise not_found("server")
        return account, self._unexpired(server)

    def _unexpired(self, server: Server) -> Server:
        if server.is_expired(self._clock()):
            raise not_found("server")
        return server

    def _checked_config(self, config: ServerConfig, changes: ConfigWords) -> ServerConfig:
        changed = merged(config, changes)
        check_exposes(self._registry, changed.scope, "config.")
        return changed

    async def _check_reach(self, actor: ApiToken, account: Account, only: Only | None) -> None:
        """Check that a tenant's new server reaches no more than one that the account has."""
        if actor.tenant_id is None:
            return
        page = await self._store.list_servers(account.id, Window(_MOST_SERVERS), self._clock())
        known = [server.config.only for server in page.items]
        check_reach(actor, only, known or [None])

    def _check_expiry(self, expires_at: datetime | None) -> None:
        if expires_at is not None and expires_at < self._clock() + _SHORTEST_LIFE:
            shortest = int(_SHORTEST_LIFE.total_seconds())
            raise failed("expires_at", f"must be at least {shortest} seconds from now")

    async def _record(
        self,
        actor: ApiToken,
        action: str,
        account: Account,
        server: Server,
        **more: Any,
    ) -> None:
        logged = {name: wire_server(server)[name] for name in _LOGGED}
        about = {"tenant_id": account.tenant_id, "account_id": account.id, "server_id": server.id}
        await self._changes.record(actor, action, {**logged, **more}, **about)

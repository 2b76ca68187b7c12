"""Use cases of servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, ApiToken, Server, ServerConfig
from vapi_mcp.admin.part import AdminPart, not_found
from vapi_mcp.admin.requests import ConfigWords, NewServer, ServerChanges
from vapi_mcp.admin.serialisers import wire_server
from vapi_mcp.admin.server_config import check_exposes, merged
from vapi_mcp.admin.validation_errors import failed, validated
from vapi_mcp.registry.scope import scope_of
from vapi_mcp.registry.tool import Tool
from vapi_mcp.security.tokens import new_token, token_hash

_LEAST_LIFE = timedelta(seconds=60)
# What the log says of a server.
_SHOWN = ("name", "config", "expires_at")


class ServerAdministration(AdminPart):
    """What an administrator does with the servers of an account.

    A server that has expired is not there any more.
    """

    async def create_server(
        self,
        actor: ApiToken,
        account_id: str,
        *,
        name: str,
        config: Mapping[str, Any] | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[Server, str]:
        """Make a server and return it with its token, which nothing shows again.

        Raises:
            AdminError: 400, what was given is wrong or exposes no tool; 404, no such account.
        """
        order = validated(NewServer, {"name": name, "config": config, "expires_at": expires_at})
        account = await self._visible(actor, account_id)
        words = self._exposing(ServerConfig(), order.config or ConfigWords())
        self._check_end(order.expires_at)
        now, token = self._means.clock(), new_token()
        server = Server(
            str(uuid4()),
            order.name,
            account.id,
            expires_at=order.expires_at,
            config=words,
            created_at=now,
            updated_at=now,
        )
        if not await self._store.add_server(server, token_hash(token)):
            raise not_found("account")
        await self._note_server(actor, "server.created", 201, account, server)
        return server, token

    async def list_servers(self, actor: ApiToken, account_id: str, window: Window) -> Page[Server]:
        """Return a page of an account's servers.

        Raises:
            AdminError: 404, no such account.
        """
        account = await self._visible(actor, account_id)
        return await self._store.list_servers(account.id, window, self._means.clock())

    async def get_server(self, actor: ApiToken, account_id: str, server_id: str) -> Server:
        """Return a server.

        Raises:
            AdminError: 404, it is not there for the actor.
        """
        return (await self._found(actor, account_id, server_id))[1]

    async def update_server(
        self, actor: ApiToken, account_id: str, server_id: str, changes: Mapping[str, Any]
    ) -> Server:
        """Change a server; its token stays.

        changes: by the names of `ServerChanges`; what is absent stays. The config is merged key
        by key, and checked only where it is given.

        Raises:
            AdminError: 400, what was given is wrong or exposes no tool; 404, no such server.
        """
        said = validated(ServerChanges, changes).said
        account, _ = await self._found(actor, account_id, server_id)
        self._check_end(said.get("expires_at"))

        def change(kept: Server) -> Server:
            values = {n: said[n] for n in ("name", "expires_at") if n in said}
            if "config" in said:
                values["config"] = self._exposing(kept.config, said["config"])
            return replace(self._living(kept), updated_at=self._means.clock(), **values)

        server = await self._store.update_server(account.id, server_id, change)
        if server is None:
            raise not_found("server")
        await self._note_server(actor, "server.updated", 200, account, server, changed=sorted(said))
        return server

    async def delete_server(self, actor: ApiToken, account_id: str, server_id: str) -> None:
        """Delete a server; its token is dead at once, and API tokens bound to it are gone.

        Raises:
            AdminError: 404, it is not there for the actor.
        """
        account, server = await self._found(actor, account_id, server_id)
        if not await self._store.delete_server(account.id, server_id):
            raise not_found("server")
        await self._note_server(actor, "server.deleted", 204, account, server)

    async def rotate_server(
        self, actor: ApiToken, account_id: str, server_id: str, *, keep_links: bool = False
    ) -> tuple[Server, str]:
        """Give a server another token and return both; the old token is dead at once.

        Its media links end with it, unless they are kept.

        Raises:
            AdminError: 404, it is not there for the actor.
        """
        account, _ = await self._found(actor, account_id, server_id)
        now, token = self._means.clock(), new_token()
        server = await self._store.replace_token(
            account.id, server_id, token_hash(token), now, keep_links=keep_links
        )
        if server is None:
            raise not_found("server")
        await self._note_server(
            actor, "server.rotated", 200, account, server, keep_links=keep_links
        )
        return server, token

    async def preview_tools(
        self, actor: ApiToken, account_id: str, methods: Sequence[str], tags: Sequence[str]
    ) -> Sequence[Tool]:
        """Return the tools that a server of the account with these filters would expose.

        Raises:
            AdminError: 400, that would be none; 404, no such account.
        """
        await self._visible(actor, account_id)
        scope = scope_of(methods=methods, tags=tags)
        check_exposes(self._means.registry, scope)
        return self._means.registry.in_scope(scope)

    async def _found(
        self, actor: ApiToken, account_id: str, server_id: str
    ) -> tuple[Account, Server]:
        account = await self._visible(actor, account_id)
        server = await self._store.get_server(account.id, server_id)
        if server is None:
            raise not_found("server")
        return account, self._living(server)

    def _living(self, server: Server) -> Server:
        if server.is_expired(self._means.clock()):
            raise not_found("server")
        return server

    def _exposing(self, config: ServerConfig, words: ConfigWords) -> ServerConfig:
        changed = merged(config, words)
        check_exposes(self._means.registry, changed.scope, "config.")
        return changed

    def _check_end(self, expires_at: datetime | None) -> None:
        if expires_at is not None and expires_at < self._means.clock() + _LEAST_LIFE:
            least = int(_LEAST_LIFE.total_seconds())
            raise failed("expires_at", f"must be at least {least} seconds from now")

    async def _note_server(
        self,
        actor: ApiToken,
        action: str,
        status: int,
        account: Account,
        server: Server,
        **more: Any,
    ) -> None:
        shown = {name: wire_server(server)[name] for name in _SHOWN}
        about = {"tenant_id": account.tenant_id, "account_id": account.id, "server_id": server.id}
        await self._note(actor, action, status, {**shown, **more}, **about)

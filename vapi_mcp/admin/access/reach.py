"""What an API token opens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import Account, ApiToken, Server

_AT_ONCE = 100
# More are counted by nobody: a page of them would not be read.
_MOST = 500


@dataclass(frozen=True, slots=True)
class Reach:
    """The accounts that a token sees, each with the servers that it opens.

    is_whole: whether nothing was left out.
    """

    accounts: tuple[tuple[Account, tuple[Server, ...]], ...]
    is_whole: bool = True


async def reach_of(store: AccessRecords, token: ApiToken, clock: Clock) -> Reach:
    """Return what a token reaches, at most 500 servers.

    A token of kind admin reaches every server of its accounts, since it can change them; one of
    kind mcp the servers that ask for an API token.
    """
    found: list[tuple[Account, tuple[Server, ...]]] = []
    count = 0
    async for account in _accounts(store, token):
        servers = await _servers(store, account, token, clock)
        count += len(servers)
        if count > _MOST:
            return Reach(tuple(found), is_whole=False)
        if servers or token.kind == "admin":
            found.append((account, servers))
    return Reach(tuple(found))


async def _accounts(store: AccessRecords, token: ApiToken) -> AsyncIterator[Account]:
    window: Window | None = Window(_AT_ONCE)
    while window is not None:
        page = await store.list_accounts(window, tenant_id=token.tenant_id)
        for account in page.items:
            if token.account_id in (None, account.id):
                yield account
        window = _next(page)


async def _servers(
    store: AccessRecords, account: Account, token: ApiToken, clock: Clock
) -> tuple[Server, ...]:
    found: list[Server] = []
    window: Window | None = Window(_AT_ONCE)
    while window is not None and len(found) <= _MOST:
        page = await store.list_servers(account.id, window, clock())
        found += [each for each in page.items if _opens(token, each)]
        window = _next(page)
    return tuple(found)


def _opens(token: ApiToken, server: Server) -> bool:
    if token.kind == "admin":
        return True
    return server.config.require_api_token_auth and token.server_id in (None, server.id)


def _next(page: Page[Any]) -> Window | None:
    return Window(_AT_ONCE, after=page.next) if page.next else None

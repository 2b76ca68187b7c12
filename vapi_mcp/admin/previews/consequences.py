"""What goes with an account that is deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.pagination import Page, Record, Window
from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import Account

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Consequences:
    """How many servers and API tokens go with an account."""

    servers: int
    api_tokens: int


async def consequences_of(store: AccessRecords, account: Account, clock: Clock) -> Consequences:
    """Return what a deletion of the account takes with it."""
    now = clock()
    servers = {
        each.id async for each in _all(lambda window: store.list_servers(account.id, window, now))
    }
    tokens = [
        each
        async for each in _all(store.list_api_tokens)
        if each.account_id == account.id or each.server_id in servers
    ]
    return Consequences(len(servers), len(tokens))


async def _all(
    pages: Callable[[Window], Awaitable[Page[Record]]],
) -> AsyncIterator[Record]:
    window: Window | None = Window(_AT_ONCE)
    while window is not None:
        page = await pages(window)
        for each in page.items:
            yield each
        window = Window(_AT_ONCE, after=page.next) if page.next else None

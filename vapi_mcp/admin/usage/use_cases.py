"""The use case of usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import Account, ApiToken, Server, Upstreams
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.tenants import not_found, visible_account
from vapi_mcp.admin.usage.analytics import NotReported, Sender, days_at_vapi
from vapi_mcp.admin.usage.caps import caps_of
from vapi_mcp.admin.usage.placed import costs_told, placed_by_server
from vapi_mcp.admin.usage.records import AssistantDay, CapUse, ServerUsage, Usage, total_of
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.audit.summary import PlacedCalls

MOST_DAYS = 31
_MOST_ROWS = 20_000
_MOST_SERVERS = 100
_MOST_ASSISTANT_DAYS = 1_000
_MOST_COUNTERS = 50


class UsageUseCases:
    """What an administrator learns of the calls of an account."""

    def __init__(self, store: Store, sender: Sender, upstreams: Upstreams, clock: Clock) -> None:
        self._store = store
        self._sender = sender
        self._upstreams = upstreams
        self._clock = clock

    async def get(self, actor: ApiToken, account_id: str, days: int) -> Usage:
        """Return the usage of an account on so many days until today, in UTC.

        What Vapi does not report is absent, and the usage says why.

        Raises:
            AdminError: 404, no such account.
        """
        account = await visible_account(self._store, actor, account_id)
        today = self._clock().astimezone(UTC).date()
        since = today - timedelta(days=days - 1)
        found, problem = await self._at_vapi(account, since, today)
        spent = None if problem else total_of([day for day in found if day.day == today]).cost
        placed, told = await self._placed(account, since)
        servers = await self._servers(account, placed, costs_told([*placed, *told]), spent)
        rows = max(len(placed), len(told))
        return Usage(
            account.id,
            since,
            today,
            None if problem else total_of(found),
            tuple(found[:_MOST_ASSISTANT_DAYS]),
            servers,
            is_whole=len(found) <= _MOST_ASSISTANT_DAYS and rows < _MOST_ROWS,
            problem=problem,
        )

    async def caps(self, actor: ApiToken, account_id: str, server_id: str) -> tuple[CapUse, ...]:
        """Return what is used today of a server's caps; Vapi is not asked what was spent.

        Raises:
            AdminError: 404, no such server.
        """
        account = await visible_account(self._store, actor, account_id)
        server = await self._store.get_server(account.id, server_id)
        if server is None:
            raise not_found("server")
        policy = server.config.policy
        return await self._caps(policy, server, None) if policy else ()

    async def _at_vapi(
        self, account: Account, since: date, until: date
    ) -> tuple[list[AssistantDay], str | None]:
        located = self._upstreams.located(account)
        try:
            return await days_at_vapi(self._sender, located, since, until), None
        except NotReported as reason:
            return [], str(reason)

    async def _placed(
        self, account: Account, since: date
    ) -> tuple[Sequence[PlacedCalls], Sequence[PlacedCalls]]:
        """Return the rows of calls that were placed, and of those that were read since."""
        begin = datetime.combine(since, time(), UTC)
        of_calls = LogFilter(account_id=account.id, since=begin, resource="calls", log_type="mcp")
        sent = replace(of_calls, method="create", outcome="sent")
        read = replace(of_calls, method="get")
        return (
            await self._store.read_placed(sent, _MOST_ROWS),
            await self._store.read_placed(read, _MOST_ROWS),
        )

    async def _servers(
        self,
        account: Account,
        rows: Sequence[PlacedCalls],
        costs: Mapping[str, float],
        spent: float | None,
    ) -> tuple[ServerUsage, ...]:
        placed = placed_by_server(rows)
        page = await self._store.list_servers(account.id, Window(_MOST_SERVERS), self._clock())
        known = {server.id: server for server in page.items}
        usages = [
            _usage(server, known.get(server), placed.get(server, frozenset()), costs)
            for server in {**known, **placed}
        ]
        usages = [
            await self._with_caps(usage, known[usage.id], spent) if usage.id in known else usage
            for usage in usages
        ]
        return tuple(sorted(usages, key=lambda usage: -usage.calls))

    async def _with_caps(
        self, usage: ServerUsage, server: Server, spent: float | None
    ) -> ServerUsage:
        policy = server.config.policy
        if policy is None:
            return usage
        caps = await self._caps(policy, server, spent)
        return ServerUsage(
            usage.id, usage.name, usage.calls, usage.cost, usage.calls_with_cost, caps
        )

    async def _caps(
        self, policy: Policy, server: Server, spent: float | None
    ) -> tuple[CapUse, ...]:
        now = self._clock()
        owner, day = f"{server.account_id}/{server.id}", policy.day_of(now)
        uses = await self._store.read_uses(owner, day, _MOST_COUNTERS)
        # Vapi was asked for days in UTC; what was spent on another day is not known.
        is_utc = policy.beginning_of(day) == datetime.combine(now.astimezone(UTC), time(), UTC)
        return caps_of(policy, uses, spent if is_utc else None)


def _usage(
    server_id: str, server: Server | None, calls: frozenset[str], costs: Mapping[str, float]
) -> ServerUsage:
    told = [costs[call] for call in calls if call in costs]
    cost = round(sum(told), 4) if told else None
    return ServerUsage(server_id, server and server.name, len(calls), cost, len(told))

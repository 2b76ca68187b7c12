"""What calls cost lately, and what was spent today, as far as Vapi says."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.rfc3339 import read_moment, write_moment

_RECENT = 25
_MINUTE = 60.0
_MOST_KEPT = 1024
_PATIENCE = 10.0
# A guess for an account without calls that can be read.
USUAL_LENGTH = timedelta(minutes=3)


class Prices:
    """Asks Vapi for costs, and believes an answer for a minute."""

    def __init__(self, upstream: Upstream | None) -> None:
        """Ask through an upstream; without one nothing is known."""
        self._upstream = upstream
        self._known = OrderedDict[tuple[str, str], tuple[float, float | None]]()

    async def estimate(self, account: Account, calls: int) -> str:
        """Return in words what so many calls may cost, by the average of the latest ones."""
        average = await self._asked(account, "average", self._average) if calls else None
        if average is None:
            return "unknown"
        count = f"{calls} calls at " if calls > 1 else ""
        return f"about ${calls * average:.2f} ({count}${average:.2f}, the average of recent calls)"

    async def usual_length(self, account: Account) -> timedelta:
        """Return how long a call takes, by the latest ones; a guess where none are known."""
        seconds = await self._asked(account, "length", self._length)
        return timedelta(seconds=seconds) if seconds else USUAL_LENGTH

    async def spent_since(self, account: Account, midnight: datetime) -> float | None:
        """Return the US dollars an account spent since a moment; None if Vapi does not say."""

        async def ask(account: Account) -> float | None:
            return await self._spent(account, midnight)

        return await self._asked(account, f"spent {midnight.date()}", ask)

    async def _asked(
        self, account: Account, what: str, ask: Callable[[Account], Awaitable[float | None]]
    ) -> float | None:
        known = self._known.get((account.id, what))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        try:
            found = await ask(account)
        except (ToolError, ValueError, TypeError, AttributeError, LookupError):
            return None  # what cannot be read is not known
        self._known[account.id, what] = (time.monotonic() + _MINUTE, found)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return found

    async def _average(self, account: Account) -> float | None:
        calls = await self._recent(account)
        costs = [float(call["cost"]) for call in calls if call.get("cost")]
        return sum(costs) / len(costs) if costs else None

    async def _length(self, account: Account) -> float | None:
        calls = await self._recent(account)
        lengths = [
            _seconds(call) for call in calls if call.get("startedAt") and call.get("endedAt")
        ]
        return sum(lengths) / len(lengths) if lengths else None

    async def _recent(self, account: Account) -> list[dict[str, Any]]:
        query = (("limit", str(_RECENT)),)
        request = UpstreamRequest("GET", "/call", query=query, deadline=_PATIENCE)
        return await self._json(account, request)

    async def _spent(self, account: Account, midnight: datetime) -> float | None:
        query = {
            "table": "call",
            "name": "spent",
            "operations": [{"operation": "sum", "column": "cost"}],
            "timeRange": {"start": write_moment(midnight)},
        }
        body = orjson.dumps({"queries": [query]})
        request = UpstreamRequest("POST", "/analytics", body=body, deadline=_PATIENCE)
        rows = (await self._json(account, request))[0]["result"]
        return sum(float(_sum_in(row) or 0) for row in rows)

    async def _json(self, account: Account, request: UpstreamRequest) -> Any:
        if self._upstream is None:
            raise ValueError("no upstream to ask")
        response = await self._upstream.send(request, account)
        if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of HTTP
            raise ValueError("refused")
        return orjson.loads(response.body)


def _seconds(call: dict[str, Any]) -> float:
    begin, end = (read_moment(call[name]) for name in ("startedAt", "endedAt"))
    return max((end - begin).total_seconds(), 0.0)


def _sum_in(row: dict[str, Any]) -> Any:
    # A sum that is not found is no sum of nothing: the limit would mean nothing then.
    return {name.lower(): value for name, value in row.items()}["sumcost"]

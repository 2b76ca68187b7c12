"""What calls cost lately, and what was spent today, as far as Vapi says."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.rfc3339 import read_moment, write_moment

_RECENT = 25
_MINUTE = 60.0
_MOST_KEPT = 1024
_PATIENCE = 10.0
_MOST_SUMMED = 1000
_RUNNING = frozenset({"ringing", "in-progress", "forwarding"})
_T = TypeVar("_T")
# A guess for an account without calls that can be read.
USUAL_LENGTH = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Lines:
    """How many calls an account has at once, by its latest ones.

    running: so many of those that were read. limit: None where Vapi does not tell it.
    """

    running: int
    read: int
    limit: int | None


class Prices:
    """Asks Vapi for costs, and believes an answer for a minute."""

    def __init__(self) -> None:
        self._known = OrderedDict[tuple[str, str], tuple[float, Any]]()

    async def estimate(self, call: Call, calls: int) -> str:
        """Return in words what so many calls may cost, by the average of the latest ones."""
        average = await self._asked(call, "average", _average) if calls else None
        if average is None:
            return "unknown"
        count = f"{calls} calls at " if calls > 1 else ""
        return f"about ${calls * average:.2f} ({count}${average:.2f}, the average of recent calls)"

    async def usual_length(self, call: Call) -> timedelta:
        """Return how long a call takes, by the latest ones; a guess where none are known."""
        seconds = await self._asked(call, "length", _length)
        return timedelta(seconds=seconds) if seconds else USUAL_LENGTH

    async def lines(self, call: Call) -> Lines | None:
        """Return how many calls run at once; None if Vapi does not say."""
        return await self._asked(call, "lines", _lines)

    async def spent_since(self, call: Call, midnight: datetime) -> float | None:
        """Return the US dollars an account spent since a moment; None if Vapi does not say."""

        async def ask(call: Call) -> float | None:
            return await _spent(call, midnight)

        return await self._asked(call, f"spent {midnight.date()}", ask)

    async def _asked(
        self, call: Call, what: str, ask: Callable[[Call], Awaitable[_T | None]]
    ) -> _T | None:
        known = self._known.get((call.account.realm, what))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        try:
            found = await ask(call)
        except (ToolError, ValueError, TypeError, AttributeError, LookupError):
            return None  # what cannot be read is not known
        self._known[call.account.realm, what] = (time.monotonic() + _MINUTE, found)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return found


async def _average(call: Call) -> float | None:
    calls = await _recent(call)
    costs = [float(each["cost"]) for each in calls if each.get("cost")]
    return sum(costs) / len(costs) if costs else None


async def _length(call: Call) -> float | None:
    calls = await _recent(call)
    lengths = [_seconds(each) for each in calls if each.get("startedAt") and each.get("endedAt")]
    return sum(lengths) / len(lengths) if lengths else None


async def _lines(call: Call) -> Lines:
    calls = await _recent(call)
    limits = [each["subscriptionLimits"] for each in calls if each.get("subscriptionLimits")]
    told = [int(each["concurrencyLimit"]) for each in limits if each.get("concurrencyLimit")]
    running = sum(each.get("status") in _RUNNING for each in calls)
    return Lines(running, len(calls), told[0] if told else None)


async def _recent(call: Call) -> list[dict[str, Any]]:
    query = (("limit", str(_RECENT)),)
    request = UpstreamRequest("GET", "/call", query=query, deadline=_PATIENCE)
    return await _json(call, request)


async def _spent_by_client(call: Call, midnight: datetime) -> float:
    """Return what the calls of one client cost; the totals that Vapi computes are of everyone.

    Raises:
        ValueError: There are more calls than one answer holds.
    """
    query = (("createdAtGe", write_moment(midnight)), ("limit", str(_MOST_SUMMED)))
    request = UpstreamRequest("GET", "/call", query=query, deadline=_PATIENCE)
    calls = await _json(call, request)
    if len(calls) >= _MOST_SUMMED:
        raise ValueError("too many calls")
    return sum(float(each.get("cost") or 0) for each in calls)


async def _spent(call: Call, midnight: datetime) -> float | None:
    if call.only is not None:
        return await _spent_by_client(call, midnight)
    query = {
        "table": "call",
        "name": "spent",
        "operations": [{"operation": "sum", "column": "cost"}],
        "timeRange": {"start": write_moment(midnight)},
    }
    body = orjson.dumps({"queries": [query]})
    request = UpstreamRequest("POST", "/analytics", body=body, deadline=_PATIENCE)
    rows = (await _json(call, request))[0]["result"]
    return sum(float(_sum_in(row) or 0) for row in rows)


async def _json(call: Call, request: UpstreamRequest) -> Any:
    response = await call.upstream.send(request, call.account)
    if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of HTTP
        raise ValueError("refused")
    return orjson.loads(response.body)


def _seconds(call: dict[str, Any]) -> float:
    begin, end = (read_moment(call[name]) for name in ("startedAt", "endedAt"))
    return max((end - begin).total_seconds(), 0.0)


def _sum_in(row: dict[str, Any]) -> Any:
    # A sum that is not found is no sum of nothing: the limit would mean nothing then.
    return {name.lower(): value for name, value in row.items()}["sumcost"]

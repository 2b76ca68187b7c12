"""The usage of an account by Vapi's analytics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.admin.usage.records import AssistantDay
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.rfc3339 import write_moment

_PATIENCE = 15.0
_OPERATIONS = (("count", "id", "calls"), ("sum", "duration", "seconds"), ("sum", "cost", "dollars"))


class Sender(Protocol):
    """A sender of requests to Vapi."""

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Return the whole answer, with any status; raises ToolError."""
        ...


class NotReported(Exception):
    """Vapi does not report the usage; the message says why."""


async def days_at_vapi(
    sender: Sender, account: Account, since: date, until: date
) -> list[AssistantDay]:
    """Return the calls of each assistant on each day, the latest day first.

    Raises:
        NotReported: Vapi refuses, does not answer, or answers something else.
    """
    request = UpstreamRequest(
        "POST", "/analytics", body=orjson.dumps(_query(since, until)), deadline=_PATIENCE
    )
    try:
        response = await sender.send(request, account)
    except ToolError as error:
        raise NotReported(error.message) from error
    if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of HTTP
        raise NotReported(f"Vapi answered {response.status}.")
    try:
        rows = orjson.loads(response.body)[0]["result"]
        days = [_day(row) for row in rows]
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise NotReported("Vapi's analytics cannot be read.") from error
    return sorted(days, key=lambda each: (each.day, each.cost), reverse=True)


def _query(since: date, until: date) -> Mapping[str, Any]:
    begin, end = (datetime.combine(day, time(), UTC) for day in (since, until + timedelta(days=1)))
    query = {
        "table": "call",
        "name": "usage",
        "groupBy": ["assistantId"],
        "operations": [
            {"operation": operation, "column": column, "alias": alias}
            for operation, column, alias in _OPERATIONS
        ],
        "timeRange": {
            "step": "day",
            "start": write_moment(begin),
            "end": write_moment(end - timedelta(milliseconds=1), "milliseconds"),
            "timezone": "UTC",
        },
    }
    return {"queries": [query]}


def _day(row: Mapping[str, Any]) -> AssistantDay:
    return AssistantDay(
        date.fromisoformat(str(row["date"])[:10]),
        row.get("assistantId"),
        int(float(row["calls"] or 0)),
        round(float(row["seconds"] or 0) / 60, 2),
        round(float(row["dollars"] or 0), 4),
    )

"""The calls, minutes and money of an account by day, as Vapi's analytics count them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.console.activity.chart import Chart, chart_of
from vapi_mcp.console.activity.charts import ACCOUNT, days_of
from vapi_mcp.console.activity.filters import filter_of
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.known_tools import analytics
from vapi_mcp.console.tool_runs import read_tool
from vapi_mcp.errors import AdminError

_MINUTE = 60
_MOST = 1e12
_OPERATIONS = (
    {"operation": "count", "column": "id", "alias": "calls"},
    {"operation": "sum", "column": "duration", "alias": "seconds"},
    {"operation": "sum", "column": "cost", "alias": "dollars"},
)


@dataclass(frozen=True, slots=True)
class Spent:
    """What Vapi counts of a day: calls, minutes and US dollars."""

    calls: int
    minutes: float
    dollars: float


Spending: TypeAlias = Sequence[tuple[str, Spent]]


async def spending(console: Console, visit: Visit) -> Response:
    """Show what an account's calls took, the part of the charts that waits for Vapi."""
    given = filter_of(visit).given
    since, until = days_of(given)
    account, days, problem = await _account(console, visit, given), list[Any](), ""
    if account is not None:
        try:
            days = await _spent(console, visit, account, since, until)
        except AdminError as error:
            problem = str(error)
    return visit.page(
        "activity/spending.html", account=account, charts=_charts(days), problem=problem
    )


async def _account(console: Console, visit: Visit, given: Mapping[str, str]) -> Account | None:
    """Return the account of the filter, else the newest one."""
    accounts = console.administration.accounts
    if chosen := given.get(ACCOUNT):
        return await accounts.get(visit.actor, chosen)
    return next(iter((await accounts.list(visit.actor, Window(1))).items), None)


async def _spent(
    console: Console, visit: Visit, account: Account, since: date, until: date
) -> list[tuple[str, Spent]]:
    end = min(datetime.now(UTC), datetime.combine(until + timedelta(days=1), time(), UTC))
    times = {"start": f"{since}T00:00:00Z", "end": end.isoformat(), "step": "day"}
    query = {"name": "days", "table": "call", "timeRange": times, "operations": _OPERATIONS}
    found = await read_tool(console, visit, account, analytics(console.registry), queries=[query])
    by_day = {str(row.get("date", ""))[:10]: row for row in _rows(found)}
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    return [(day.isoformat(), _read(by_day.get(day.isoformat(), {}))) for day in days]


def _rows(found: Any) -> list[Mapping[str, Any]]:
    answers = found.get("result", found) if isinstance(found, dict) else found
    first = answers[0] if isinstance(answers, list) and answers else {}
    rows = first.get("result") if isinstance(first, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _read(row: Mapping[str, Any]) -> Spent:
    calls, minutes = int(_number(row, "calls")), _number(row, "seconds") / _MINUTE
    return Spent(calls, minutes, _number(row, "dollars"))


def _number(row: Mapping[str, Any], name: str) -> float:
    """Return a figure, which Vapi writes as a text in places; 0 for what is none."""
    try:
        value = float(row.get(name) or 0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return value if 0 <= value < _MOST else 0.0


def _charts(days: Spending) -> list[Chart]:
    return [
        chart_of("Calls", ("calls",), [(d, (f.calls,), f"{f.calls:,}") for d, f in days]),
        chart_of(
            "Minutes", ("minutes",), [(d, (f.minutes,), f"{f.minutes:,.1f}") for d, f in days]
        ),
        chart_of(
            "US dollars", ("dollars",), [(d, (f.dollars,), f"{f.dollars:,.2f}") for d, f in days]
        ),
    ]

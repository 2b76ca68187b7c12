"""The activity in charts: requests by day, tool and server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.records import Account
from vapi_mcp.audit.summary import Figures, Group
from vapi_mcp.console.activity.chart import Chart, chart_of
from vapi_mcp.console.activity.filters import PERIODS, filter_of
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit

ACCOUNT = "integrated_account_id"
_DAYS, _MOST_DAYS = 7, 90


async def charts(console: Console, visit: Visit) -> Response:
    """Show the activity that the filter wants in charts, each with its table."""
    asked = filter_of(visit)
    since, until = days_of(asked.given)
    admin = console.administration
    summary = await admin.log.summary(visit.actor, asked.wanted, since, until)
    accounts = await admin.accounts.list(visit.actor, Window(100))
    return visit.page(
        "activity/charts.html",
        asked=asked,
        periods=PERIODS,
        summary=summary,
        charts=_charts(summary.days),
        servers=await _server_names(console, visit, accounts.items, summary.servers),
        accounts=accounts.items,
        account=asked.given.get(ACCOUNT, ""),
    )


def days_of(given: Mapping[str, str]) -> tuple[date, date]:
    """Return the first and last day of a filter: its period, else the last seven days."""
    today = datetime.now(UTC).date()
    period = PERIODS.get(given.get("last", ""))
    count = max(1, period[1].days) if period else _DAYS
    return today - timedelta(days=min(count, _MOST_DAYS) - 1), today


def _charts(days: Sequence[Group]) -> list[Chart]:
    named = [(day.name, day.figures) for day in days]
    fast, slow = "half of them are faster", "95 in a hundred are faster"
    return [
        chart_of("Requests", ("good", "failed"), [(d, _ends(f), _counts(f)) for d, f in named]),
        chart_of(
            "Milliseconds of a request", (fast, slow), [(d, _times(f), _timed(f)) for d, f in named]
        ),
        chart_of(
            "Tokens answered", ("tokens",), [(d, (f.tokens,), f"{f.tokens:,}") for d, f in named]
        ),
        chart_of(
            "Writes refused by policy",
            ("refused",),
            [(d, (f.blocked,), f"{f.blocked:,}") for d, f in named],
        ),
    ]


def _ends(figures: Figures) -> tuple[float, ...]:
    return figures.calls - figures.errors, figures.errors


def _counts(figures: Figures) -> str:
    return f"{figures.calls:,}, {figures.errors:,} failed"


def _times(figures: Figures) -> tuple[float, ...]:
    median, slow = figures.median or 0.0, figures.slow or 0.0
    return median, max(0.0, slow - median)


def _timed(figures: Figures) -> str:
    if figures.median is None or figures.slow is None:
        return "no requests"
    return f"{figures.median:,.0f} and {figures.slow:,.0f}"


async def _server_names(
    console: Console, visit: Visit, accounts: Sequence[Account], wanted: Sequence[Group]
) -> Mapping[str, tuple[str, str]]:
    """Return the account's id and the name of each server that is still there, by its id."""
    ids, found = {each.name for each in wanted}, dict[str, tuple[str, str]]()
    for account in accounts:
        if ids <= found.keys():
            break
        servers = await console.administration.servers.list(visit.actor, account.id, Window(100))
        found |= {each.id: (account.id, each.name) for each in servers.items if each.id in ids}
    return found

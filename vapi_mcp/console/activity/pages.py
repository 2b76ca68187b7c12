"""The activity: requests of clients and changes by administrators, as the log has them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
from starlette.responses import RedirectResponse, Response

from vapi_mcp.accounts.pagination import Page, Window, place_of
from vapi_mcp.audit.entry import FIELDS, LogEntry
from vapi_mcp.console.activity.filters import PERIODS, ActivityFilter, filter_of
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.paging import PLACES, next_path, previous_path, window_of
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError
from vapi_mcp.web.patient_response import PatientResponse

_AT_ONCE = 50
# Fields that the page of an entry shows in a place of their own.
_SHOWN_ELSEWHERE = frozenset({"arguments", "message", "created_at", "status", "upstream_ids"})


async def activity(console: Console, visit: Visit) -> Response:
    """Show the newest entries that the filter wants, and those that come."""
    if "" in visit.query.values():
        # A form sends its empty fields too; the URL is for people.
        return RedirectResponse(visit.pages.at("/activity") + filter_of(visit).query, 303)
    asked, page = await _found(console, visit)
    return visit.page(
        "activity/activity.html",
        asked=asked,
        periods=PERIODS,
        entries=page.items,
        previous=previous_path(visit, page.previous),
        next=next_path(visit, page.next),
        is_live=not any(name in visit.query for name in PLACES),
    )


async def rows(console: Console, visit: Visit) -> Response:
    """Show the table of the newest entries alone: what the page loads while it is open."""
    asked, page = await _found(console, visit)
    return visit.page("activity/rows.html", asked=asked, entries=page.items)


async def entry_page(console: Console, visit: Visit) -> Response:
    """Show one entry with all its fields, and the entries before and after it in the filter."""
    log, asked = console.administration.log, filter_of(visit)
    entry = await log.get(visit.actor, visit.ids["entry"])
    place = place_of(entry)
    older = await log.list(visit.actor, asked.wanted, Window(1, after=place))
    newer = await log.list(visit.actor, asked.wanted, Window(1, before=place))
    return visit.page(
        "activity/entry.html",
        asked=asked,
        entry=entry,
        facts=_facts(entry),
        arguments=_pretty(entry.arguments),
        older=older.items[0].id if older.items else None,
        newer=newer.items[0].id if newer.items else None,
    )


async def export(console: Console, visit: Visit) -> Response:
    """Send all entries that the filter wants, one JSON object a line."""
    asked = filter_of(visit)
    if asked.problem:
        raise AdminError(asked.problem, status=400)
    lines = console.administration.log.export(visit.actor, asked.wanted)
    # The first line is read before the answer begins, so that a failing store is a clean error.
    first = await anext(lines, b"")
    headers = {"Content-Disposition": 'attachment; filename="activity.ndjson"'}
    return PatientResponse(
        _following(first, lines), headers=headers, media_type="application/x-ndjson"
    )


async def _found(console: Console, visit: Visit) -> tuple[ActivityFilter, Page[LogEntry]]:
    asked = filter_of(visit)
    if asked.problem:
        return asked, Page(())
    window = window_of(visit, _AT_ONCE)
    return asked, await console.administration.log.list(visit.actor, asked.wanted, window)


def _facts(entry: LogEntry) -> list[tuple[str, object, str]]:
    """Return the fields of an entry that say something: name, value and description."""
    return [
        (each.wire, value, each.logged.description or each.logged.note or "")
        for each in FIELDS
        if each.name not in _SHOWN_ELSEWHERE and (value := getattr(entry, each.name)) is not None
    ]


def _pretty(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if value is not None else ""


async def _following(first: bytes, lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for line in lines:
        yield line

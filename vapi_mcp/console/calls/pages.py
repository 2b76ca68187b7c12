"""The calls of an account, and the page of one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.console.calls.axis import axis_of
from vapi_mcp.console.calls.call_view import CallView, line_of, row_of
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.known_tools import (
    artifact_tool,
    call_placer,
    call_reader,
    calls_list,
)
from vapi_mcp.console.tool_runs import read_tool, run_tool, whole_grant
from vapi_mcp.invocation.playback.playback import playback_of

_LISTED = 25
_LOG = "call-logs"
_ROWS = 50
_FIELDS = [
    *("id", "type", "status", "endedReason", "startedAt", "createdAt", "assistantId", "squadId"),
    *("customer", "cost", "duration"),
]
# What the page asks for, where a call does not have it.
_FACTS: dict[str, Any] = dict.fromkeys(
    ("id", "type", "status", "startedAt", "customer", "seconds", "ended", "cost")
)


async def calls_page(console: Console, visit: Visit) -> Response:
    """Show the calls of an account, newest first, those that a search finds."""
    account = await console.administration.accounts.get(visit.actor, visit.ids["account"])
    asked: dict[str, Any] = {"limit": _LISTED, "fields": _FIELDS}
    search, cursor = visit.query.get("search", ""), visit.query.get("cursor", "")
    status = visit.query.get("status", "")
    asked |= {"next_cursor": cursor} if cursor else {}
    asked |= {"search": search} if search and not cursor else {}
    asked |= {"where": {"status": status}} if status and not cursor else {}
    grant = whole_grant(console, visit, account)
    run = await run_tool(console, visit, grant, calls_list(console.registry), asked)
    found = {} if run.is_error else run.value
    return visit.page(
        "calls/calls.html",
        account=account,
        calls=[row_of(each) for each in _items(found)],
        cursor=_cursor(found),
        search=search,
        chosen_status=status,
        problem=run.value["message"] if run.is_error else "",
    )


async def call_page(console: Console, visit: Visit) -> Response:
    """Show one call: hear it, read it, and see what it took."""
    account = await console.administration.accounts.get(visit.actor, visit.ids["account"])
    call_id, reader = visit.ids["call"], call_reader(console.registry)
    call = await read_tool(console, visit, account, reader, id=call_id, fields=["*"])
    return visit.page(
        "calls/call.html",
        account=account,
        call_id=call_id,
        placed=await _placed_by(console, visit, call_id),
        **values_of(call, visit.query.get("recording", "")),
    )


def values_of(call: Any, chosen: str = "") -> dict[str, Any]:
    """Return what the page shows of a call, whatever Vapi says of it.

    chosen: the recording to hear.
    """
    known = call if isinstance(call, dict) else {}
    view, playback = CallView(known), playback_of(known)
    recordings = view.recordings
    return {
        "view": view,
        "playback": playback,
        "facts": _FACTS | playback["call"],
        "axis": axis_of(playback),
        "recordings": recordings,
        "recording": chosen if chosen in recordings else next(iter(recordings), None),
    }


async def log_page(console: Console, visit: Visit) -> Response:
    """Show the lines of a call's own log, as text."""
    account = await console.administration.accounts.get(visit.actor, visit.ids["account"])
    call_id, cursor = visit.ids["call"], visit.query.get("cursor", "")
    asked = {"id": call_id, "inline": True, **({"next_cursor": cursor} if cursor else {})}
    found = await read_tool(console, visit, account, artifact_tool(console.registry, _LOG), **asked)
    return visit.page(
        "calls/log.html",
        account=account,
        call_id=call_id,
        lines=[line_of(each) for each in _items(found)],
        cursor=_cursor(found),
    )


def _items(found: Any) -> list[Any]:
    items = found.get("result") if isinstance(found, dict) else found
    return items if isinstance(items, list) else []


def _cursor(found: Any) -> str | None:
    cursor = found.get("next_cursor") if isinstance(found, dict) else None
    return cursor if isinstance(cursor, str) else None


async def _placed_by(console: Console, visit: Visit, call_id: str) -> LogEntry | None:
    """Return the entry of the request that placed a call, if it came through this product."""
    wanted = LogFilter(
        upstream_id=call_id, tool_name=call_placer(console.registry).name, outcome="sent"
    )
    page = await console.administration.log.list(visit.actor, wanted, Window(_ROWS))
    return page.items[-1] if page.items else None

"""The items of a list at Vapi that changed in a time, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import VapiMcpError
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.registry.tool import Tool
from vapi_mcp.rfc3339 import write_moment

_A_PAGE = 100
_MOST_PAGES = 10
_MOST_HALVES = 12
_LEAST = timedelta(seconds=1)


class NotRead(VapiMcpError):
    """A list could not be read; the message says why."""


async def changed_items(
    upstream: Upstream, account: Account, tool: Tool, since: datetime, until: datetime
) -> tuple[list[dict[str, Any]], datetime]:
    """Return the items that changed from `since` on, and the moment until which they are all.

    A time in which too many changed is halved until its items fit into ten pages.

    Raises:
        NotRead: Vapi refuses, or answers something else than a list.
        ToolError: Nothing came back.
    """
    for _ in range(_MOST_HALVES):
        found = await _walked(upstream, account, tool, since, until)
        if found is not None:
            return found, until
        until = max(since + (until - since) / 2, since + _LEAST)
    raise NotRead("more changed at once than can be read")


async def _walked(
    upstream: Upstream, account: Account, tool: Tool, since: datetime, until: datetime
) -> list[dict[str, Any]] | None:
    """Return the items of at most ten pages, newest first; None: there are more."""
    found: dict[str, dict[str, Any]] = {}
    before: str | None = None
    for _ in range(_MOST_PAGES):
        page = await _page(upstream, account, tool, _query(since, until, before))
        known = len(found)
        found |= {item["id"]: item for item in page if isinstance(item.get("id"), str)}
        if len(page) < _A_PAGE or len(found) == known:
            return list(found.values())
        # Those of the same moment come again.
        before = page[-1].get("createdAt")
        if not isinstance(before, str):
            raise NotRead("Vapi's list has items without createdAt")
    return None


def _query(since: datetime, until: datetime, before: str | None) -> dict[str, str]:
    query = {
        "limit": str(_A_PAGE),
        "updatedAtGe": write_moment(since, "milliseconds"),
        "updatedAtLt": write_moment(until, "milliseconds"),
    }
    return {**query, "createdAtLe": before} if before else query


async def _page(
    upstream: Upstream, account: Account, tool: Tool, query: dict[str, str]
) -> Sequence[dict[str, Any]]:
    method, _, path = tool.spec.operation.partition(" ")
    response = await upstream.send(UpstreamRequest(method, path, tuple(query.items())), account)
    if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of HTTP
        raise NotRead(f"Vapi answered {response.status}")
    try:
        whole = orjson.loads(response.body)
    except ValueError:
        raise NotRead("Vapi answered no JSON") from None
    items = whole.get("results") if isinstance(whole, dict) else whole
    if not isinstance(items, list):
        raise NotRead("Vapi answered no list")
    return [item for item in items if isinstance(item, dict)]

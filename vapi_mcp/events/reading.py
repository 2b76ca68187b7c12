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
_FEW_PAGES, _MOST_PAGES = 10, 200
# What changed in a moment is not divided further.
_A_MOMENT = timedelta(seconds=1)
# Clocks differ, and a list may show a change late.
_OVERLAP = timedelta(minutes=2)


class NotRead(VapiMcpError):
    """A list could not be read; the message says why."""


async def changed_items(
    upstream: Upstream, account: Account, tool: Tool, since: datetime, until: datetime
) -> tuple[list[dict[str, Any]], datetime]:
    """Return the items that changed from `since` on, and the moment until which they are all.

    Some of before come again. A time in which too many changed is halved until they fit into ten
    pages.

    Raises:
        NotRead: Vapi refuses, or answers something else than a list.
        ToolError: Nothing came back.
    """
    begin = since - _OVERLAP
    while until - since > _A_MOMENT:
        found = await _walked(upstream, account, tool, _query(begin, until), _FEW_PAGES)
        if found is not None:
            return found, until
        until = since + (until - since) / 2
    found = await _walked(upstream, account, tool, _query(begin, until), _MOST_PAGES)
    if found is None:
        raise NotRead("more changed at once than can be read")
    return found, until


async def _walked(
    upstream: Upstream, account: Account, tool: Tool, query: dict[str, str], most: int
) -> list[dict[str, Any]] | None:
    """Return the items of so many pages, newest first; None: there are more."""
    found: dict[str, dict[str, Any]] = {}
    for _ in range(most):
        page = await _page(upstream, account, tool, query)
        known = len(found)
        found |= {item["id"]: item for item in page if isinstance(item.get("id"), str)}
        if len(page) < _A_PAGE or len(found) == known:
            return list(found.values())
        # Those of the same moment come again.
        before = page[-1].get("createdAt")
        if not isinstance(before, str):
            raise NotRead("Vapi's list has items without createdAt")
        query = {**query, "createdAtLe": before}
    return None


def _query(since: datetime, until: datetime) -> dict[str, str]:
    return {
        "limit": str(_A_PAGE),
        "updatedAtGe": write_moment(since, "milliseconds"),
        "updatedAtLt": write_moment(until, "milliseconds"),
    }


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

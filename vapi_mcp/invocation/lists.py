from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from vapi_mcp.access.clock import utc_now
from vapi_mcp.access.models import Account
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.checked import Checked
from vapi_mcp.invocation.cursors import Position, decode_cursor, encode_cursor
from vapi_mcp.invocation.fields import missing, select
from vapi_mcp.invocation.paging import DateWindows, NumberedPages, Page, Walk, WholeList
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.request import build_request
from vapi_mcp.invocation.response import parsed_answer
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.toolspec import Paging
from vapi_mcp.upstream.errors import AnswerTooLarge

_USUAL_LIMIT = 25


class ListReader:
    """Reads one page of a list and wraps it: result, next_cursor, prev_cursor, result_count."""

    def __init__(self, upstream: Upstream, clock: Callable[[], datetime] = utc_now) -> None:
        self._upstream = upstream
        self._walks: Mapping[Paging, Walk] = {
            "page": NumberedPages(clock),
            "window": DateWindows(),
            "whole": WholeList(),
        }

    async def read(self, tool: Tool, checked: Checked, account: Account) -> ToolResult:
        """Return the page the arguments or their cursor stand for.

        Raises:
            ToolError: The cursor or a filter is wrong, or Vapi did not give the page.
        """
        position = _position(tool, checked, account)
        page, limit = await self._page(tool, checked, position, account)
        items = select(page.items, position.fields)
        envelope = {
            "result": items,
            "next_cursor": _cursor(position, page.after, account, tool),
            "prev_cursor": _cursor(position, page.before, account, tool),
            "result_count": len(items),
        }
        notes = (*checked.notes, *page.notes, *_remarks(tool, page, position, limit))
        return ToolResult(orjson.dumps(envelope).decode(), notes)

    async def _page(
        self, tool: Tool, checked: Checked, position: Position, account: Account
    ) -> tuple[Page, int]:
        """Return a page and the limit it was read with: an answer too large is asked by halves."""
        paging = tool.spec.output.paging or "whole"
        limit = position.limit

        async def ask(query: Mapping[str, Any]) -> Any:
            request = build_request(tool, replace(checked, query=query))
            return parsed_answer(tool, await self._upstream.send(request, account), account)

        while True:
            try:
                query = position.filters["query"]
                return await self._walks[paging].page(ask, query, limit, position.state), limit
            except AnswerTooLarge:
                if limit == 1 or paging == "whole":
                    raise
                limit //= 2


def _position(tool: Tool, checked: Checked, account: Account) -> Position:
    """Return where to read: at the start with these arguments, or where the cursor says."""
    filters = {"path": dict(checked.path), "query": dict(checked.query)}
    limit, fields = checked.control.get("limit"), checked.control.get("fields")
    cursor = checked.control.get("next_cursor")
    if cursor is None:
        usual = tuple(fields or tool.spec.output.keys)
        return Position(filters, limit or _USUAL_LIMIT, usual, state=None)
    begun = decode_cursor(cursor, account, tool.name)
    for place, values in filters.items():
        for name, value in values.items():
            if begun.filters[place].get(name) != value:
                raise InvalidArguments(
                    f"{name} contradicts next_cursor, which carries the filters its walk began "
                    "with. Pass the cursor alone, or leave it out to start again."
                )
    return replace(begun, limit=limit or begun.limit, fields=tuple(fields or begun.fields))


def _cursor(position: Position, state: Any, account: Account, tool: Tool) -> str | None:
    if state is None:
        return None
    return encode_cursor(replace(position, state=state), account, tool.name)


def _remarks(tool: Tool, page: Page, position: Position, limit: int) -> list[str]:
    remarks: list[str] = []
    is_usual = position.fields == tool.spec.output.keys
    if limit < position.limit:
        remarks.append(f"The answer was too large for {position.limit} items; here are {limit}.")
    if page.items and not is_usual and (absent := missing(page.items, position.fields)):
        remarks.append(f"No item has {', '.join(absent[:8])}.")
    return remarks

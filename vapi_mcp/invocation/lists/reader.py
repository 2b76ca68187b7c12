"""Lists: one call of a list tool, by as many requests as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.answers.fields import select
from vapi_mcp.invocation.answers.response import read_answer
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge
from vapi_mcp.invocation.json_reading import ReadJson
from vapi_mcp.invocation.lists.cursor import Position, decode_cursor
from vapi_mcp.invocation.lists.page import Listing
from vapi_mcp.invocation.lists.walks import DateWindows, NumberedPages, Page, Walk, WholeList
from vapi_mcp.invocation.mending import Places, mending_notes
from vapi_mcp.invocation.request import build_request
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.toolspec import Paging

_USUAL_LIMIT = 25
# More than these takes so long to shape that a thread does it; bytes count where not only the
# usual keys were asked for.
_MANY_ITEMS, _MANY_BYTES = 150, 512 * 1024


class ListReader:
    """Reads one page of a list."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._walks: Mapping[Paging, Walk] = {
            "page": NumberedPages(clock),
            "window": DateWindows(),
            "whole": WholeList(),
        }

    async def read(self, call: Call, checked: Checked) -> ToolResult:
        """Return the page the arguments or their cursor stand for, as much of it as fits.

        Raises:
            ToolError: The cursor or a filter is wrong, or Vapi did not give the page.
        """
        tool = call.tool
        position = _position(tool, checked, call.account)
        page, limit, replaced, size = await self._page(call, checked, position)
        asked = f"The answer was too large for {position.limit} items; here are {limit}."
        notes = (*checked.notes, *replaced, *((asked,) if limit < position.limit else ()))
        listing = Listing(tool, replace(checked, notes=notes), position, call.grant)
        chosen = select(page.items, position.fields)
        is_usual = position.fields == tool.spec.output.keys
        if len(page.items) > _MANY_ITEMS or (size > _MANY_BYTES and not is_usual):
            return ToolResult(*await asyncio.to_thread(listing.answer, page, chosen))
        return ToolResult(*listing.answer(page, chosen))

    async def _page(
        self, call: Call, checked: Checked, position: Position
    ) -> tuple[Page, int, tuple[str, ...], int]:
        """Return a page, the limit it was read with, notes on what could not be read, and bytes.

        An answer too large is asked by halves.
        """
        tool, account = call.tool, call.account
        paging = tool.spec.output.paging or "whole"
        limit, notes, size = position.limit, dict[str, None](), 0

        async def ask(query: Mapping[str, Any]) -> Any:
            request = build_request(tool, replace(checked, query=query))
            nonlocal size
            response = await call.upstream.send(request, account)
            read, size = read_answer(tool, response, account), size + len(response.body)
            notes.update(dict.fromkeys(_replaced(tool, read, position.fields)))
            return read.value

        while True:
            try:
                query = position.filters["query"]
                page = await self._walks[paging].page(ask, query, limit, position.state)
                return page, limit, tuple(notes), size
            except AnswerTooLarge:
                if limit == 1 or paging == "whole":
                    raise
                limit //= 2


def _replaced(tool: Tool, read: ReadJson, fields: Sequence[str]) -> tuple[str, ...]:
    """Return notes on what in the items of a list could not be read, whichever items these are."""
    inside: Places = {
        kind: [path[2:] if path[:1] == ("results",) else path[1:] for path in paths]
        for kind, paths in read.replaced.items()
    }
    untrusted = tool.spec.contents.untrusted
    return explained("replaced", lambda: mending_notes(inside, untrusted, fields), ())


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
                    f"{name} contradicts next_cursor, which holds the filters of the first "
                    "page. Pass the cursor alone, or leave it out to start again."
                )
    return replace(begun, limit=limit or begun.limit, fields=tuple(fields or begun.fields))

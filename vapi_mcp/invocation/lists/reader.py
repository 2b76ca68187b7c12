"""Lists: one call of a list tool, by as many requests as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.answers.budget import compact
from vapi_mcp.invocation.answers.fields import select
from vapi_mcp.invocation.answers.fit import Written
from vapi_mcp.invocation.answers.tokens import estimate_from_sample
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.dates import is_relative
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.finding.finder import Finder
from vapi_mcp.invocation.finding.places import fields_with_places
from vapi_mcp.invocation.finding.search import asked_of, with_computed
from vapi_mcp.invocation.finding.values import COMPUTED
from vapi_mcp.invocation.lists.cursor import Position, decode_cursor
from vapi_mcp.invocation.lists.fronts import counts, front
from vapi_mcp.invocation.lists.page import Listing
from vapi_mcp.invocation.lists.pages import PageReader
from vapi_mcp.invocation.lists.walks import DateWindows, NumberedPages, Page, Walk, WholeList
from vapi_mcp.invocation.meanings.prompt_variables import with_variables
from vapi_mcp.invocation.naming.asking import spelling_note, with_ids
from vapi_mcp.invocation.naming.naming import Naming
from vapi_mcp.invocation.result import ToolResult, telling
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.toolspec import Paging

_USUAL_LIMIT = 25
# How the names of filters by date end.
_DATES = ("Gt", "Lt", "Ge", "Le")
# More than these takes so long to shape that a thread does it; bytes count where not only the
# usual keys were asked for.
_MANY_ITEMS, _MANY_BYTES = 150, 512 * 1024


class ListReader:
    """Reads one page of a list, or searches it."""

    def __init__(self, naming: Naming, clock: Callable[[], datetime] = utc_now) -> None:
        self._naming = naming
        self._clock = clock
        self._walks: Mapping[Paging, Walk] = {
            "page": NumberedPages(clock),
            "window": DateWindows(),
            "whole": WholeList(),
        }

    async def read(self, call: Call, checked: Checked) -> ToolResult:
        """Return the page the arguments or their cursor stand for, as much of it as fits.

        Raises:
            ToolError: The cursor, a filter or the search is wrong, or Vapi did not give the page.
        """
        tool = call.tool
        now = self._clock()
        spelt = spelling_note(tool, checked.control)
        checked, taken = _with_places(checked, tool)
        checked = replace(checked, control=await self._naming.asked(call, checked.control, now))
        position = _position(call, checked, now)
        pages = PageReader(call, checked, self._walks[tool.spec.output.paging or "whole"], position)
        if position.search:
            page = await Finder(tool, position, pages.read, pages.bounds).page()
        else:
            page = await pages.read(position.filters["query"], position.limit, position.state)
        notes = (*checked.notes, *filter(None, (spelt, taken)))
        told = await self._written(call, replace(checked, notes=notes), position, page, pages)
        return telling(ToolResult(*told), self._clock())

    async def _written(
        self, call: Call, checked: Checked, position: Position, page: Page, pages: PageReader
    ) -> Written:
        """Return a page as an answer; items that surely have no room in it are not looked at."""
        fields = () if position.search else position.fields
        is_large = pages.size > _MANY_BYTES and fields != call.tool.spec.output.keys
        room = call.grant.server.config.max_result_tokens

        def first(count: int) -> Sequence[Any]:
            return pages.whole(front(page.items, count, goes_back=page.goes_back))

        def cost(count: int) -> int:
            return estimate_from_sample(compact(select(list(first(count)), fields)))

        for count in counts(len(page.items), cost, room):
            chosen = await self._chosen(call, first(count), fields)
            noted = replace(checked, notes=(*checked.notes, *pages.notes))
            listing = Listing(call.tool, noted, position, call.grant)
            if count > _MANY_ITEMS or is_large:
                written = await asyncio.to_thread(listing.answer, page, chosen)
            else:
                written = listing.answer(page, chosen)
            if written:
                return written
        raise AssertionError("all items of a page make an answer")

    async def _chosen(
        self, call: Call, items: Sequence[Any], fields: Sequence[str]
    ) -> Sequence[Any]:
        """Return what was asked for of items, with the names beside the ids."""
        if COMPUTED.keys() & fields:
            items = [with_computed(item, fields) for item in items]
        chosen = select(items, fields)
        if fields == call.tool.spec.output.keys:
            pairs = zip(items, chosen, strict=True)
            chosen = [with_variables(call.tool, *each) for each in pairs]
        return await self._naming.named(call, chosen)


def _with_places(checked: Checked, tool: Tool) -> tuple[Checked, str | None]:
    """Return what was asked with the places of fields that stand elsewhere, and a note on them."""
    fields = checked.control.get("fields")
    found, told = fields_with_places(fields or (), tool)
    return (
        (replace(checked, control={**checked.control, "fields": found}), told)
        if told
        else (checked, None)
    )


def _position(call: Call, checked: Checked, now: datetime) -> Position:
    """Return where to read: at the start with these arguments, or where the cursor says."""
    tool, account = call.tool, call.account
    control = with_ids(tool, checked.control)
    search = asked_of(control, now)
    filters = {"path": dict(checked.path), "query": dict(checked.query)}
    limit, fields = control.get("limit"), control.get("fields")
    cursor = control.get("next_cursor")
    if cursor is None:
        usual = tuple(fields or tool.spec.output.keys)
        return Position(filters, limit or _USUAL_LIMIT, usual, state=None, search=search)
    begun = decode_cursor(cursor, account, tool.name)
    asked = {name: value for name, value in search.items() if name != "now"}
    for values, first in (
        (filters["path"], begun.filters["path"]),
        (filters["query"], begun.filters["query"]),
        (asked, begun.search),
    ):
        for name, value in values.items():
            if first.get(name) != value and not _is_newer(name, call):
                raise InvalidArguments(
                    f"{name} contradicts next_cursor, which holds the filters of the first "
                    "page. Pass the cursor alone, or leave it out to start again."
                )
    return replace(begun, limit=limit or begun.limit, fields=tuple(fields or begun.fields))


def _is_newer(name: str, call: Call) -> bool:
    """Return whether a filter differs only as time went on: -7d is another date by now."""
    return name.endswith(_DATES) and is_relative(call.arguments.get(name))

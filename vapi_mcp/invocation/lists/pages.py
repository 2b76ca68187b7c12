"""Pages of a list as Vapi gives them, for one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from vapi_mcp.invocation.answers.fields import EVERYTHING, missing
from vapi_mcp.invocation.answers.response import read_answer
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge
from vapi_mcp.invocation.finding.scan import Bounds
from vapi_mcp.invocation.finding.values import COMPUTED
from vapi_mcp.invocation.json_reading import ReadJson
from vapi_mcp.invocation.lists.cursor import Position
from vapi_mcp.invocation.lists.kept_keys import KeptKeys
from vapi_mcp.invocation.lists.outlines import Outline, outlined, read_outlines
from vapi_mcp.invocation.lists.walks import LARGEST_LIMIT, Json, Page, Walk
from vapi_mcp.invocation.mending import Places, mending_notes
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.naming.asking import without_names
from vapi_mcp.invocation.request import build_request
from vapi_mcp.registry.tool import Tool


class PageReader:
    """Reads pages of one list, and keeps what is to be said of them.

    bounds: counts what was read. size: the bytes of it.
    """

    def __init__(self, call: Call, checked: Checked, walk: Walk, position: Position) -> None:
        self._call = call
        self._checked = checked
        self._walk = walk
        self._fields = position.fields
        self._is_search = bool(position.search)
        self._kept = KeptKeys(position.fields) if _can_be_cut(position) else None
        self._asked = self._may_lack(position.fields) if self._kept else ()
        is_whole = position.fields == (EVERYTHING,) and not self._is_search
        self._is_outlined = is_whole or (self._kept is not None and not self._asked)
        self._answers: list[UpstreamResponse] = []
        self._told = dict[str, None]()
        self.bounds = Bounds()
        self.size = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the pages that were read."""
        return tuple(self._told)

    async def read(self, query: Mapping[str, Any], limit: int, state: Json) -> Page:
        """Return the page at a state; an answer too large is asked by halves.

        Raises:
            ToolError: Vapi did not give the page.
        """
        wanted = limit
        while True:
            self._answers.clear()
            try:
                page = await self._walk.page(self._ask, query, limit, state)
            except AnswerTooLarge:
                if limit == 1 or self._call.tool.spec.output.paging == "whole":
                    raise
                limit //= 2
                continue
            if limit < wanted and not self._is_search:
                told = f"The answer was too large for {wanted} items; here are {limit}."
                self._told[told] = None
            if missing(page.items, self._asked):
                # What is said of keys that no item has names those that the items do have.
                whole = await self._completed(query, limit, state)
                return replace(page, items=whole.items)
            return page

    def _may_lack(self, fields: Sequence[str]) -> Sequence[str]:
        """Return the keys of which is told where no item has them."""
        tool = self._call.tool
        return () if fields == tool.spec.output.keys else without_names(tool, fields)

    async def _completed(self, query: Mapping[str, Any], limit: int, state: Json) -> Page:
        """Return the page that was read last, its items with all their keys; nothing is sent."""
        answers = iter(self._answers)

        async def ask(_: Mapping[str, Any]) -> Any:
            return read_answer(self._call.tool, next(answers), self._call.account).value

        return await self._walk.page(ask, query, limit, state)

    async def _ask(self, query: Mapping[str, Any]) -> Any:
        call = self._call
        if call.tool.spec.output.paging == "whole" and "limit" in call.tool.operation.query:
            # Such a list has no second page: all of it is asked for at once.
            query = {"limit": LARGEST_LIMIT, **query}
        request = build_request(call.tool, replace(self._checked, query=query))
        response = await call.upstream.send(request, call.account)
        self.bounds.spend(len(response.body))
        self.size += len(response.body)
        if self._asked:
            self._answers.append(response)
        if self._is_outlined and response.status == HTTPStatus.OK:
            found = outlined(response.body, self._kept)
            if found is not None:
                return found
        if self._kept and response.status == HTTPStatus.OK:
            response = replace(response, body=self._kept.cut(response.body))
        return self._noted(read_answer(call.tool, response, call.account))

    def whole(self, items: Sequence[Json]) -> Sequence[Json]:
        """Return items with their keys, which may have to be read; notes tell what could not be."""
        outlines = [item for item in items if isinstance(item, Outline)]
        if not outlines:
            return items
        found = self._noted(read_outlines(outlines))
        return found["results"] if outlines[0].is_numbered else found

    def _noted(self, read: ReadJson) -> Any:
        self._told.update(dict.fromkeys(_replaced(self._call.tool, read, self._fields)))
        return read.value


def _can_be_cut(position: Position) -> bool:
    """Return whether only keys of the items themselves are wanted, and not all of them."""
    is_search, fields = bool(position.search), position.fields
    return not is_search and EVERYTHING not in fields and COMPUTED.keys().isdisjoint(fields)


def _replaced(tool: Tool, read: ReadJson, fields: Sequence[str]) -> tuple[str, ...]:
    """Return notes on what in the items of a list could not be read, whichever items these are."""
    inside: Places = {
        kind: [path[2:] if path[:1] == ("results",) else path[1:] for path in paths]
        for kind, paths in read.replaced.items()
    }
    untrusted = tool.spec.contents.untrusted
    return explained("replaced", lambda: mending_notes(inside, untrusted, fields), ())

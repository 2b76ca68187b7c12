"""Lists, with the items that belong alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec

from vapi_mcp.invocation.belonging.estate import Estate
from vapi_mcp.invocation.belonging.kinds import LINKED, REFERENCES, SCOPED
from vapi_mcp.invocation.belonging.objects import Objects
from vapi_mcp.invocation.belonging.operations import Asked
from vapi_mcp.invocation.belonging.reading import ListWalk, Refused, Send
from vapi_mcp.invocation.belonging.responses import array_of, item_of, numbered
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.messages import Query, UpstreamRequest, UpstreamResponse

_PAGING = frozenset({"page", "limit"})
# How the filters end that take several ids, with commas between them.
_ANY = "Any"
_FILTER = "assistantId"
_USUAL = 100

_Key: TypeAlias = tuple[str, Query]


class KeptLists:
    """Reads lists for one call; one with numbered pages is not looked through twice."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._walks = dict[_Key, ListWalk]()

    async def read(
        self, asked: Asked, request: UpstreamRequest, objects: Objects
    ) -> UpstreamResponse:
        """Return the page that a request asks for, of a list without what does not belong."""
        try:
            query = await _own_filters(request.query, objects)
            if query is None:
                return _nothing(asked)
            request = _narrowed(asked, replace(request, query=query), objects)
            return await self._page(asked, request, objects)
        except Refused as error:
            return error.response

    async def _page(
        self, asked: Asked, request: UpstreamRequest, objects: Objects
    ) -> UpstreamResponse:
        def wanted(item: Mapping[str, Any]) -> bool:
            return objects.estate.belongs(asked.kind, item)

        given = dict(request.query)
        limit, page = _number(given.get("limit"), _USUAL), _number(given.get("page"), 1)
        match asked.tool.spec.output.paging:
            case "window":
                return array_of(await ListWalk(self._send, request, wanted).by_date(limit))
            case "page":
                query = tuple(pair for pair in request.query if pair[0] not in _PAGING)
                fresh = ListWalk(self._send, replace(request, query=query), wanted)
                walk = self._walks.setdefault((request.path, query), fresh)
                # One more tells whether there is another page.
                items = await walk.by_number(page * limit + 1)
                if asked.kind in LINKED:
                    items = [_shown(raw, asked.kind, objects.estate) for raw in items]
                return numbered(items, page, limit, is_complete=walk.is_complete)
            case _:
                return array_of(await ListWalk(self._send, request, wanted).whole())


def _shown(raw: msgspec.Raw, kind: str, estate: Estate) -> msgspec.Raw:
    item = item_of(raw) or {}
    shown = estate.shown(kind, item)
    return raw if shown is item else msgspec.Raw(exact_json(shown))


def _nothing(asked: Asked) -> UpstreamResponse:
    is_numbered = asked.tool.spec.output.paging == "page"
    return numbered([], 1, _USUAL, is_complete=True) if is_numbered else array_of([])


def _narrowed(asked: Asked, request: UpstreamRequest, objects: Objects) -> UpstreamRequest:
    """Return a request that lets Vapi leave out others' items, where its filter can tell them."""
    named = objects.estate.only_assistant(asked.kind)
    can_filter = asked.kind not in SCOPED and _FILTER in asked.tool.operation.query
    if named is None or not can_filter or _FILTER in dict(request.query):
        return request
    return replace(request, query=(*request.query, (_FILTER, named)))


async def _own_filters(query: Query, objects: Objects) -> Query | None:
    """Return filters that refer to what belongs; None where that leaves nothing to be found."""
    kept: list[tuple[str, str]] = []
    for key, value in query:
        kind = REFERENCES.get(key)
        if kind is None:
            kept.append((key, value))
            continue
        names = [each.strip() for each in value.split(",")] if key.endswith(_ANY) else [value]
        owned = [each for each in names if await objects.has((kind, each))]
        kept += [(key, ",".join(owned))] if owned else []
    is_empty = {key for key, _ in query} != {key for key, _ in kept}
    return None if is_empty else tuple(kept)


def _number(text: str | None, usual: int) -> int:
    return max(1, int(text)) if text is not None and text.isdecimal() else usual

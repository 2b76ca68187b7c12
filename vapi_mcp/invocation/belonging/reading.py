"""Whole lists of Vapi, page after page, as far as they can be looked through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

import msgspec

from vapi_mcp.errors import ToolError, UpstreamFailed
from vapi_mcp.invocation.belonging.responses import item_of, items_of
from vapi_mcp.invocation.failures.transport_errors import AnswerTooLarge, NeverConnected
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.rfc3339 import read_moment, write_moment

Send: TypeAlias = Callable[[UpstreamRequest], Awaitable[UpstreamResponse]]
Wanted: TypeAlias = Callable[[dict[str, Any]], bool]

MOST_PAGES = 40
# So many pages are read to count what is on them.
_COUNTED = 8
# Seconds for each read before a request: a write must not outlast its claim.
PATIENCE = 10.0
_USUAL, _NUMBERED, _SMALL, _LARGEST = 100, 250, 20, 1000
_MILLISECOND = timedelta(milliseconds=1)


class Refused(Exception):
    """Vapi refused a page."""

    def __init__(self, response: UpstreamResponse) -> None:
        super().__init__()
        self.response = response

    def told(self) -> UpstreamResponse:
        """Return the refusal of a list that is read before a request; nothing was sent then.

        Raises:
            NeverConnected: Vapi failed.
        """
        if self.response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return self.response
        raise NeverConnected(
            "Vapi did not list what belongs to this server. Nothing was sent.",
            status=HTTPStatus.BAD_GATEWAY,
            hint="Try again.",
        )


def too_long() -> ToolError:
    """Return the error for a list that has too much before it."""
    return ToolError(
        "This list is too long to be looked through in one call.",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        hint="Narrow it with a filter, such as createdAtGe or assistantId.",
    )


class ListWalk:
    """Reads a list of Vapi and keeps the items that are wanted.

    is_complete: whether a list with numbered pages was read to its end.
    """

    def __init__(self, send: Send, request: UpstreamRequest, wanted: Wanted) -> None:
        self._send = send
        self._request = request
        self._wanted = wanted
        self._kept: list[msgspec.Raw] = []
        self._seen = set[str]()
        self._read = 0
        self._size, self._number = _NUMBERED, 1
        self.is_complete = False

    async def whole(self) -> list[msgspec.Raw]:
        """Return the wanted items of a list that comes in one answer."""
        self._take(await self._page({}))
        return self._kept

    async def by_date(self, most: int | None = None) -> list[msgspec.Raw]:
        """Return wanted items of a list that is walked by date, the newest first."""
        size = _LARGEST if most is None else min(_LARGEST, max(most, _USUAL))
        bounds, largest = dict[str, str](), _LARGEST
        for _ in range(MOST_PAGES):
            try:
                found = await self._page({**bounds, "limit": str(size)})
            except AnswerTooLarge:
                if size <= 1:
                    raise
                size = largest = max(1, size // 4)
                continue
            fresh, last = self._take(found)
            if len(found) < size or (most is not None and len(self._kept) >= most):
                return self._kept[:most]
            if not fresh and size == _LARGEST:
                break
            # The further it has to look, the more it asks for at once.
            size = min(largest, size * 2 if fresh else _LARGEST)
            bounds = {"createdAtLt": last} if last else bounds
        raise too_long()

    async def by_number(self, most: int) -> list[msgspec.Raw]:
        """Return at least so many wanted items of a list with numbered pages, if there are.

        A list that is not too long is read to its end, so that they can be counted; another one is
        read on where it is asked for more.
        """
        while not self.is_complete and (len(self._kept) < most or self._read < _COUNTED):
            if self._read == MOST_PAGES:
                raise too_long()
            self._read += 1
            try:
                found = await self._page({"page": str(self._number), "limit": str(self._size)})
            except AnswerTooLarge:
                if self._size == _SMALL:
                    raise
                self._size, self._number = _SMALL, 1
                continue
            self._take(found)
            self._number += 1
            self.is_complete = len(found) < self._size
        return self._kept

    async def _page(self, changes: dict[str, str]) -> list[msgspec.Raw]:
        query = tuple(pair for pair in self._request.query if pair[0] not in changes)
        request = _asked_anew(self._request, (*query, *changes.items()))
        response = await self._send(request)
        items = items_of(response) if response.status == HTTPStatus.OK else None
        if items is not None:
            return items
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise Refused(response)
        raise UpstreamFailed("Vapi did not answer with a list.", status=502)

    def _take(self, found: list[msgspec.Raw]) -> tuple[bool, str]:
        """Keep what is wanted of a page; return whether it had news, and where the next begins."""
        fresh, oldest = False, ""
        for raw in found:
            item = item_of(raw)
            if item is None:
                continue
            oldest = _past(item) or oldest
            named = str(item.get("id"))
            if named in self._seen:
                continue
            fresh = True
            self._seen.add(named)
            if self._wanted(item):
                self._kept.append(raw)
        return fresh, oldest


def _asked_anew(request: UpstreamRequest, query: tuple[tuple[str, str], ...]) -> UpstreamRequest:
    """Return a request with another query."""
    return UpstreamRequest(request.method, request.path, query, deadline=request.deadline)


def _past(item: dict[str, Any]) -> str:
    """Return the bound just past an item's time."""
    try:
        created = read_moment(str(item.get("createdAt")))
    except ValueError:
        return ""
    moment = created.replace(microsecond=created.microsecond // 1000 * 1000)
    return write_moment(moment + _MILLISECOND, "milliseconds")

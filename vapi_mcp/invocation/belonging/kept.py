"""Vapi as one client of an organisation sees it, for one call of a tool."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from vapi_mcp.accounts.only import KeptTo
from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.belonging.checking import checking
from vapi_mcp.invocation.belonging.events import Heard
from vapi_mcp.invocation.belonging.lists import KeptLists
from vapi_mcp.invocation.belonging.loading import EstateReader
from vapi_mcp.invocation.belonging.objects import Objects
from vapi_mcp.invocation.belonging.operations import Asked, Operations
from vapi_mcp.invocation.belonging.ports import OpenOwned, Reference
from vapi_mcp.invocation.belonging.reading import Refused, Send
from vapi_mcp.invocation.belonging.responses import (
    discreet,
    not_found,
    refusal,
    without_totals,
)
from vapi_mcp.invocation.belonging.writes import KeptWrites
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream


class KeptUpstream:
    """An upstream that shows and changes the objects of one client alone.

    What belongs is read anew for every call of a tool, before anything else, so that a request
    for another's object takes as many requests as one for none.
    """

    def __init__(
        self,
        inner: Upstream,
        operations: Operations,
        open_owned: OpenOwned,
        account: Account,
        kept_to: KeptTo,
    ) -> None:
        self._inner = inner
        self._operations = operations
        self._account = replace(account, kept_to=None)
        # No method of this object: a ring of megabytes would wait long for the collector.
        self._send: Send = partial(inner.send, account=self._account)
        self._estates = EstateReader(self._send, open_owned, account.id, kept_to)
        self._lists = KeptLists(self._send)

    async def begin(self) -> None:
        """Read what belongs; a refusal of Vapi is told when something is sent."""
        with suppress(Refused):
            await self._estates.known()

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request and return what of the answer belongs."""
        del account
        try:
            return without_totals(await self._sent(request))
        except Refused as error:
            return error.told()

    async def _sent(self, request: UpstreamRequest) -> UpstreamResponse:
        if request.url is not None:  # Vapi named it in a call that belongs
            return await self._send(request)
        asked, estate = self._operations.asked(request), await self._estates.known()
        objects = Objects(self._send, estate)
        if asked is None or asked.tool.spec.only == "refused":
            return _refused(asked)
        if asked.tool.spec.only == "item":
            return discreet(await self._lists.read(asked, request, objects), estate)
        if asked.tool.spec.effect == "read" and request.method == "GET":
            return await self._read(asked, request, objects)
        return await self._written(asked, request, objects)

    async def examine(self, request: UpstreamRequest) -> UpstreamRequest | UpstreamResponse:
        """Return a write as it would be sent, or the answer to one that must not be."""
        try:
            asked, estate = self._operations.asked(request), await self._estates.known()
            if asked is None or asked.tool.spec.only == "refused":
                return _refused(asked)
            writes = KeptWrites(asked, request, Objects(self._send, estate))
            async with checking():
                return await writes.refusal() or writes.sent()
        except Refused as error:
            return error.told()

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request whose references belong, and hand on the stream that it answers."""
        del account
        try:
            return await self._streamed(request, take)
        except Refused as error:
            return error.told()

    async def _streamed(self, request: UpstreamRequest, take: Take) -> UpstreamResponse:
        asked, estate = self._operations.asked(request), await self._estates.known()
        if asked is None or asked.tool.spec.only != "references":
            return _refused(asked)
        writes = KeptWrites(asked, request, Objects(self._send, estate))
        async with checking():
            if (refused := await writes.refusal()) is not None:
                return refused
        events = Heard(take)
        response = await self._inner.stream(writes.sent(), self._account, events.take)
        told = frozenset[Reference]() if writes.says_whose else events.made(asked.kind)
        await self._estates.keep(writes.made(response) | told)
        return discreet(response, estate)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Return where the bytes of an artifact are, if what it is of belongs."""
        del account
        if (refused := await self._not_within(request)) is not None:
            return refused
        found = await self._inner.locate(request, self._account)
        if isinstance(found, ArtifactLink):
            return found
        return discreet(found, await self._estates.known())

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Hold the bytes of an artifact open, if what it is of belongs."""
        del account
        if (refused := await self._not_within(request)) is not None:
            yield refused
            return
        async with self._inner.opened(request, self._account, headers) as found:
            if isinstance(found, UpstreamResponse):
                yield discreet(found, await self._estates.known())
            else:
                yield found

    async def _not_within(self, request: UpstreamRequest) -> UpstreamResponse | None:
        asked = self._operations.asked(request)
        if asked is None or asked.owner is None or asked.tool.spec.only != "within":
            return _refused(asked)
        try:
            objects = Objects(self._send, await self._estates.known())
            return await objects.objection(asked.kind, asked.owner)
        except Refused as error:
            return error.told()

    async def _read(
        self, asked: Asked, request: UpstreamRequest, objects: Objects
    ) -> UpstreamResponse:
        """Return one object, or what is within it."""
        if asked.owner is None:
            return _refused(asked)
        if asked.tool.spec.only == "object":
            return await objects.read(asked.kind, request)
        if (refused := await objects.objection(asked.kind, asked.owner)) is not None:
            return refused
        return discreet(await self._send(request), objects.estate)

    async def _written(
        self, asked: Asked, request: UpstreamRequest, objects: Objects
    ) -> UpstreamResponse:
        writes = KeptWrites(asked, request, objects)
        async with checking():
            if (refused := await writes.refusal()) is not None:
                return refused
        response = await self._send(writes.sent())
        await self._estates.keep(writes.made(response))
        return discreet(writes.shown(response), objects.estate)


def _refused(asked: Asked | None) -> UpstreamResponse:
    if asked is None:
        return not_found()
    why = asked.tool.spec.only_reason or "it cannot be kept to these objects"
    told = f"This server is kept to the objects of one client, and {asked.tool.name} is not: {why}."
    return refusal(HTTPStatus.FORBIDDEN, told, "Use another tool, or ask the server's owner.")

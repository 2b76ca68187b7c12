"""Messages that have no answer yet."""

from __future__ import annotations

import asyncio
import contextvars
from types import TracebackType
from typing import Self, TypeAlias

from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCRequest, JSONRPCResponse

from vapi_mcp.protocol.calls.request_ids import is_id, key_of

Inbound: TypeAlias = SessionMessage | Exception


class InFlight:
    """The requests of one connection that have no answer yet."""

    def __init__(self) -> None:
        self._ids: set[str | int] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    async def wait_idle(self) -> None:
        """Return once every request is answered or cancelled."""
        await self._idle.wait()

    def note_inbound(self, item: Inbound) -> None:
        """Take account of what the client sent."""
        message = item.message if isinstance(item, SessionMessage) else None
        if isinstance(message, JSONRPCRequest):
            self._ids.add(key_of(message.id))
            self._idle.clear()
        if isinstance(message, JSONRPCNotification):
            # A cancelled request is never answered.
            cancelled = message.method == "notifications/cancelled"
            self._settle((message.params or {}).get("requestId") if cancelled else None)

    def note_outbound(self, item: SessionMessage) -> None:
        """Take account of what the client was sent."""
        if isinstance(item.message, JSONRPCResponse | JSONRPCError):
            self._settle(item.message.id)

    def _settle(self, request_id: object) -> None:
        if is_id(request_id):
            self._ids.discard(key_of(request_id))
        if not self._ids:
            self._idle.set()


class ClosingStream:
    """A stream that closes where its `async with` ends."""

    async def aclose(self) -> None:
        """Close the stream."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()


class CountedRead(ClosingStream):
    """A read stream that notes what comes in; `linger` holds its end back until all is answered."""

    def __init__(self, inner: ReadStream[Inbound], noted: InFlight, *, linger: bool) -> None:
        self._inner = inner
        self._noted = noted
        self._linger = linger

    @property
    def last_context(self) -> contextvars.Context | None:
        """The context the last message was sent in."""
        return getattr(self._inner, "last_context", None)

    async def receive(self) -> Inbound:
        """Return the next message."""
        item = await self._inner.receive()
        self._noted.note_inbound(item)
        return item

    async def aclose(self) -> None:
        """Close the stream."""
        await self._inner.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Inbound:
        try:
            item = await self._inner.__anext__()
        except StopAsyncIteration:
            if self._linger:
                await self._noted.wait_idle()
            raise
        self._noted.note_inbound(item)
        return item


class CountedWrite(ClosingStream):
    """A write stream that notes what goes out."""

    def __init__(self, inner: WriteStream[SessionMessage], noted: InFlight) -> None:
        self._inner = inner
        self._noted = noted

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        try:
            await self._inner.send(item)
        finally:
            self._noted.note_outbound(item)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._inner.aclose()

"""Answers that wait for the reader of an event stream."""

from __future__ import annotations

import asyncio
import math
from typing import Any, Self

import anyio
from mcp.shared._stream_protocols import WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCResponse
from pydantic import PrivateAttr

from vapi_mcp.http.mcp.backlog import Backlog
from vapi_mcp.protocol.in_flight import ClosingStream


class QueuedWrite(ClosingStream):
    """A write stream that never holds up an answer: it waits as the text it goes out as.

    An answer as a call made it takes many times as much memory, and would keep its call alive.
    `run` hands on what waits.
    """

    def __init__(self, inner: WriteStream[SessionMessage], backlog: Backlog) -> None:
        self._inner = inner
        self._backlog = backlog
        self._put, self._take = anyio.create_memory_object_stream[SessionMessage](math.inf)
        self._is_over = asyncio.Event()

    async def run(self) -> None:
        """Hand on what waits, until the stream is closed or its client left."""
        try:
            with self._take:
                async for item in self._take:
                    await self._inner.send(item)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return
        finally:
            self._is_over.set()

    async def send(self, item: SessionMessage, /) -> None:
        """Queue a message; one on the way to an answer waits for room.

        Raises:
            BrokenResourceError: The client left.
        """
        message = item.message
        if not isinstance(message, JSONRPCResponse | JSONRPCError):
            await self._backlog.wait_room()
        text = message.model_dump_json(by_alias=True, exclude_unset=True)
        if isinstance(message, JSONRPCResponse):
            item = SessionMessage(_Written.of(message, text), item.metadata)
        self._put.send_nowait(item)
        self._backlog.note_unread(item, len(text.encode()))

    async def aclose(self) -> None:
        """Close the stream behind what waits."""
        self._put.close()
        try:
            await self._is_over.wait()
        finally:
            await self._inner.aclose()


class _Written(JSONRPCResponse):
    """An answer of which only the text is left."""

    _text: str = PrivateAttr()

    @classmethod
    def of(cls, answer: JSONRPCResponse, text: str) -> Self:
        written = cls(jsonrpc="2.0", id=answer.id, result={})
        written._text = text
        return written

    def model_dump_json(self, **_: Any) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] - options are not used
        return self._text

"""Limits on the heads of requests; an ASGI app sees only complete ones."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from vapi_mcp.hosting.processes.joined_writes import JoinedWrites
from vapi_mcp.http.errors import CLOSING, plain_error
from vapi_mcp.web.letting_go import LETTING_GO


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's usual HTTP protocol; it cuts slow heads and refuses large ones with 431.

    A connection on which nothing is being answered has `head_seconds` for a complete head,
    however it spends them: so 10,000 clients that send a byte now and then are gone as soon as
    10,000 that are silent. `head_bytes` bounds request line and headers together.

    Fields after a chunked body are never headers: they are dropped, and more than
    `trailer_bytes` of them end the connection.

    A client has as long for an answer as it reads on. One that reads nothing of it for
    `unread_seconds` is cut off, and so what waited for it is not kept.
    """

    head_seconds = 10.0
    head_bytes = 64 * 1024
    trailer_bytes = 4 * 1024
    unread_seconds = 60.0

    _deadline: asyncio.TimerHandle | None = None
    _until: float | None = None  # the loop's time by which a head has to be there
    _reader: asyncio.TimerHandle | None = None
    _is_in_head = False
    _received = 0
    _trailing = 0  # bytes of fields after the body
    _without_body = 0  # bytes that came since the last of the body

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        if self._deadline is not None:
            self._deadline.cancel()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to check that the client reads its answer."""
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        """Look no longer, unless it is the end."""
        if not self.transport.is_closing():
            self._stop_watching()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take received bytes, unless the head they belong to is too large."""
        if self._is_in_head:
            # The piece in which it began counts for nothing yet: most of it may be a body.
            self._received += len(data)
            if self._received > self.head_bytes:
                return self.send_400_response("")
            return super().data_received(data)
        # The parser itself keeps a field that has no end yet.
        self._without_body += len(data)
        super().data_received(data)
        if self._without_body > self.trailer_bytes and not self._is_in_head:
            self.transport.close()
        return None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head; drop one that comes later."""
        if self._is_in_head:
            return super().on_header(name, value)
        self._trailing += len(name) + len(value)
        if self._trailing > self.trailer_bytes:
            raise ValueError("too much after the body")  # the parser stops, and closes below
        return None

    def on_body(self, body: bytes) -> None:
        """Note that what comes is still the body."""
        self._without_body = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that nothing of this request is to come."""
        self._without_body = 0
        super().on_message_complete()

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        self._is_in_head, self._received = True, 0
        self._trailing = self._without_body = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Let the head pass if it is small enough; then the app's own deadlines count."""
        self._received = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._received > self.head_bytes:
            raise ValueError(
                "the request's line and headers are too large"
            )  # the parser stops, and answers below
        self._is_in_head = False
        self._stop_waiting()
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self.cycle.transport = cast("asyncio.Transport", JoinedWrites(self.transport))
        self.scope["extensions"] = {LETTING_GO: {"transport": self.transport}}

    def on_response_complete(self) -> None:
        """Begin to wait for the next head, unless one is there already."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._wait_for_head()

    def send_400_response(self, msg: str) -> None:
        """Answer an invalid or too large request, and close."""
        if self._trailing > self.trailer_bytes:
            return self.transport.close()  # an answer may have begun
        if self._received <= self.head_bytes:
            return super().send_400_response(msg)
        self.transport.write(_too_large(self.head_bytes))
        return self.transport.close()

    def _wait_for_head(self) -> None:
        self._until = self.loop.time() + self.head_seconds
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self._look_at_time)

    def _look_at_time(self) -> None:
        # One timer goes on from head to head: to begin and end one for each takes longer.
        self._deadline = None
        if self._until is None:
            return
        left = self._until - self.loop.time()
        if left > 0:
            self._deadline = self.loop.call_later(left, self._look_at_time)
        else:
            self._close()

    def _close(self) -> None:
        self.transport.close()
        # A transport that closes would keep for ever what its client does not read.
        self._watch_reader()

    def _watch_reader(self, unread: int = 0) -> None:
        self._stop_watching()
        left = self.transport.get_write_buffer_size()
        if left and left == unread:
            return self.transport.abort()
        self._reader = self.loop.call_later(self.unread_seconds, self._watch_reader, left)
        return None

    def _stop_watching(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None

    def _stop_waiting(self) -> None:
        self._until = None


def heads_of(most_bytes: int) -> type[BoundedHeads]:
    """Return the protocol with another bound; uvicorn makes its instances, so it needs a class."""
    return type("BoundedHeads", (BoundedHeads,), {"head_bytes": most_bytes})


def _too_large(limit: int) -> bytes:
    message = f"the request's line and headers exceed the limit of {limit} bytes"
    answer = plain_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, message, CLOSING)
    headers = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
    return STATUS_LINE[answer.status_code] + headers + b"\r\n" + bytes(answer.body)

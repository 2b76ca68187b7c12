"""Bodies that still arrive after their request was refused."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST_BYTES = 16 * 1024 * 1024


class LateBodies:
    """Lets clients hear an answer that comes while they still send.

    Closed with something unread, a connection is reset, and the reset overtakes the answer (RFC
    9112, 9.6). So what still comes is read and thrown away for a moment, before an answer ends.
    """

    seconds = 1.0

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and end its answer after its body."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        await self._app(scope, exchange.receive, exchange.send)
        if exchange.is_held:
            await exchange.listen_on(self.seconds)
            await send({"type": "http.response.body", "body": b""})


class _Exchange:
    """A request and its answer, whose end is held while the body is not there yet."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_whole = False
        self.is_held = False

    async def receive(self) -> Message:
        message = await self._receive()
        is_part = message["type"] == "http.request" and message.get("more_body", False)
        self._is_whole = self._is_whole or not is_part
        return message

    async def send(self, message: Message) -> None:
        ends = message["type"] == "http.response.body" and not message.get("more_body", False)
        self.is_held = ends and not self._is_whole
        await self._send({**message, "more_body": True} if self.is_held else message)

    async def listen_on(self, seconds: float) -> None:
        """Throw away the rest of the body, as far as it comes in time."""
        left = _MOST_BYTES
        try:
            async with asyncio.timeout(seconds):
                while not self._is_whole and left > 0:
                    left -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers

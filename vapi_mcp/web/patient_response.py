"""A long answer that does not wait for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import anyio
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

_STALLED = 60.0


class PatientResponse(StreamingResponse):
    """An answer that is closed once its client reads nothing for a minute.

    HEAD gets its head. Whatever ends it, what yields its parts is closed before this returns.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, or what is read of it in time."""

        async def sent_in_time(message: Message) -> None:
            async with asyncio.timeout(_STALLED):
                await send(message)

        try:
            if scope.get("method") == "HEAD":
                return await self._send_head(send)
            with suppress(TimeoutError, ClientDisconnect):
                await super().__call__(scope, receive, sent_in_time)
        finally:
            await self._close()

    async def _send_head(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b""})

    async def _close(self) -> None:
        close = getattr(self.body_iterator, "aclose", None)
        if close is not None:
            with anyio.CancelScope(shield=True):
                await close()

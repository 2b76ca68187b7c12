"""Answers that take long, as event streams that keep their connection open meanwhile."""

from __future__ import annotations

import asyncio

from starlette.types import Send

# How long a connection may be silent, in seconds: what the SDK's server allows.
SILENCE = 15.0

_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
]


class LateAnswer:
    """Begins an event stream when an answer takes long, and pings until the answer is there."""

    def __init__(self, send: Send, silence: float = SILENCE) -> None:
        self._send = send
        self._silence = silence
        self._task: asyncio.Task[None] | None = None
        self._has_begun = False
        self._timer = asyncio.get_running_loop().call_later(silence, self._start)

    async def stop(self) -> bool:
        """Stop pinging, and return whether the stream has begun."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        return self._has_begun

    async def finish(self, body: bytes) -> None:
        """Send the answer as the last event of the stream."""
        event = b"event: message\r\ndata: " + body + b"\r\n\r\n"
        await self._send({"type": "http.response.body", "body": event, "more_body": False})

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._ping())

    async def _ping(self) -> None:
        await self._send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        self._has_begun = True
        while True:
            ping = {"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True}
            await self._send(ping)
            await asyncio.sleep(self._silence)

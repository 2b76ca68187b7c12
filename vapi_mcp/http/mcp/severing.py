"""Event streams that can be ended at once, whether their client reads or not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import TypeAlias

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vapi_mcp.http.disconnect import unsent_bytes
from vapi_mcp.web.letting_go import let_go

Sever: TypeAlias = Callable[[], None]


class Severable:
    """One answer that may turn out to be an event stream.

    hold: entered with `sever` when the stream begins, and left when it has ended.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        hold: Callable[[Sever], AbstractContextManager[None]],
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._hold = hold
        self._held = ExitStack()
        self._listening: anyio.CancelScope | None = None
        self._is_severed = False
        self._is_complete = False

    def sever(self) -> None:
        """End the stream now: what is in work for it is cancelled, what is unread is lost."""
        self._is_severed = True
        if self._listening is not None:
            self._listening.cancel()

    async def run(self, app: ASGIApp) -> None:
        """Answer with an app, until it has ended or `sever` is called."""
        with self._held:
            await app(self._scope, self._listen, self._noting)
        if self._is_severed and not self._is_complete:
            await self._end()

    async def _listen(self) -> Message:
        # The SDK clears up behind a client that left, and not where its task is cancelled.
        with anyio.CancelScope() as self._listening:
            if not self._is_severed:
                return await self._receive()
        return {"type": "http.disconnect"}

    async def _noting(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_stream(message):
            self._held.enter_context(self._hold(self.sever))
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._is_complete = True

    async def _end(self) -> None:
        if not unsent_bytes(self._scope):
            # A client that has read everything gets a proper end; this never waits for one.
            with anyio.move_on_after(0):
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
                return
        await let_go(self._scope, self._receive, patience=0)


def _is_stream(start: Message) -> bool:
    kinds = [value for name, value in start["headers"] if name == b"content-type"]
    return bool(kinds) and kinds[0].startswith(b"text/event-stream")

"""A whole answer of an ASGI app, kept instead of sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Status, headers and body as they would have gone out."""

    status: int
    headers: RawHeaders
    body: bytes

    def start(self, *, length: int | None) -> Message:
        """Return the message that opens the answer, with this content length or none."""
        headers = [pair for pair in self.headers if pair[0].lower() != b"content-length"]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        return {"type": "http.response.start", "status": self.status, "headers": headers}

    async def replay(self, send: Send) -> None:
        """Send the answer after all, whole."""
        await send(self.start(length=len(self.body)))
        await send({"type": "http.response.body", "body": self.body})


async def record(app: ASGIApp, scope: Scope, receive: Receive) -> Recorded:
    """Let an app answer a request and return the answer."""
    started: list[Message] = []
    pieces: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    await app(scope, receive, keep)
    return Recorded(started[0]["status"], list(started[0]["headers"]), b"".join(pieces))

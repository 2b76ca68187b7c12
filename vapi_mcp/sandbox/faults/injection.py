"""Failures on demand: by the header `X-Sandbox-Fault`, or by an id that stands for one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vapi_mcp.sandbox.faults import fault_bodies as misbehaviour
from vapi_mcp.sandbox.faults.recording import Recorded, record

HEADER = "x-sandbox-fault"
MAGIC_PREFIX = "00000000-0000-4000-8000-00000000"

Fault: TypeAlias = Callable[["FaultedRequest"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FaultedRequest:
    """A request that a fault has hit: the ASGI parts, and what may be said after the `;`."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    parameter: str
    by_id: bool

    async def real_answer(self) -> Recorded:
        """Perform the request; what an id struck answers with a stand-in, as no object has it."""
        answer = await record(self.app, self.scope, self.receive)
        is_error = answer.status >= HTTPStatus.BAD_REQUEST
        return misbehaviour.STAND_IN if self.by_id and is_error else answer

    async def wait(self, seconds: float) -> bool:
        """Wait, but not longer than the client stays; say whether it is still there."""
        try:
            await asyncio.wait_for(_departure(self.receive), seconds)
        except TimeoutError:
            return True
        return False


# name -> (the last four digits of the id that stands for it, what happens)
FAULTS: dict[str, tuple[str | None, Fault]] = {
    "rate-limited": ("0429", misbehaviour.rate_limited),
    "pinned": ("0409", misbehaviour.pinned),
    "unauthorized": ("0401", misbehaviour.unauthorized),
    "server-error": ("0500", misbehaviour.server_error),
    "html": ("0502", misbehaviour.html),
    "unavailable": ("0503", misbehaviour.unavailable),
    "slow": ("5107", misbehaviour.slow),
    "stalled": ("57a1", misbehaviour.stalled),
    "dropped": ("dead", misbehaviour.dropped),
    "half-json": ("0206", misbehaviour.half_json),
    "empty": ("0204", misbehaviour.empty),
    "huge": ("0413", misbehaviour.huge),
    "gzip-bomb": ("b0b0", misbehaviour.gzip_bomb),
    "redirect": (None, misbehaviour.redirect),
}

_BY_ID = {f"{MAGIC_PREFIX}{code}": name for name, (code, _) in FAULTS.items() if code}
_MAGIC = re.compile(re.escape(MAGIC_PREFIX.encode()) + rb"[0-9a-f]{4}")


class Faults:
    """Lets a request fail in the way its header or one of its ids asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or let it fail."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = Headers(scope=scope).get(HEADER, "")
        name, _, parameter = (part.strip() for part in wanted.partition(";"))
        if not name:
            receive, body = await _read_ahead(scope, receive)
            name = _named_by_id(scope, body)
        if name not in FAULTS:
            await self._app(scope, receive, send)
            return
        struck = FaultedRequest(self._app, scope, receive, send, parameter, by_id=not wanted)
        await FAULTS[name][1](struck)


def _named_by_id(scope: Scope, body: bytes) -> str:
    text = scope["path"].encode() + b"?" + scope["query_string"] + b"\n" + body
    found = _MAGIC.search(text)
    return _BY_ID.get(found.group().decode(), "") if found else ""


async def _read_ahead(scope: Scope, receive: Receive) -> tuple[Receive, bytes]:
    """Read a JSON body so that ids in it can be seen; return a `receive` that replays it."""
    if b"json" not in Headers(scope=scope).get("content-type", "").encode():
        return receive, b""
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body"):
        messages.append(await receive())
    body = b"".join(message.get("body", b"") for message in messages)

    async def replay() -> Message:
        return messages.pop(0) if messages else await receive()

    return replay, body


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

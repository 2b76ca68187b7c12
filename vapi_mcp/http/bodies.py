"""Request bodies: read within bounds, and replayed."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from vapi_mcp.errors import LimitReached
from vapi_mcp.http.errors import CLOSING, Refusal, limit_reached
from vapi_mcp.http.headers import RequestHeaders
from vapi_mcp.http.mcp.bytes_in_work import MessageBytes

_JSON = "application/json"
# A client still sending does not read: cut off, it would see a reset and never the reason.
_LISTEN_ON = 4


async def read_json_body(
    scope: Scope,
    receive: Receive,
    *,
    limit: int,
    seconds: float,
    held: MessageBytes | None = None,
) -> bytes:
    """Return the whole body of a request that says it is JSON.

    held: counts the bytes from now on; None where the limit is too low for that to matter.

    Raises:
        Refusal: It says it is something else (415), exceeds `limit` bytes (413), is not there after
            `seconds` (408), or the process has no room for it (429).
        ClientDisconnect: The client left.
    """
    headers = RequestHeaders(scope)
    if not _is_json(headers.get("content-type", "")):
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json",
            headers=CLOSING,
        )
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit * _LISTEN_ON:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            return await _collect(receive, held, limit)
    except LimitReached as error:
        refusal = limit_reached(error)
        refusal.headers |= CLOSING
        raise refusal from None
    except TimeoutError:
        raise Refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            f"the request's body did not arrive within {seconds:g} seconds",
            headers=CLOSING,
        ) from None


def _is_json(kind: str) -> bool:
    return kind == _JSON or kind.partition(";")[0].strip().lower() == _JSON


async def _collect(receive: Receive, held: MessageBytes | None, limit: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= limit * _LISTEN_ON:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        more = message.get("more_body", False)
        if size <= limit:
            if held is not None:
                held.add(len(chunk))
            chunks.append(chunk)
        else:
            # Too much already: what still comes is let go, so that the client hears why.
            chunks.clear()
            if held is not None:
                held.let_go()
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body already read once more, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _too_large(limit: int) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the request's body exceeds the limit of {limit} bytes",
        headers=CLOSING,
    )

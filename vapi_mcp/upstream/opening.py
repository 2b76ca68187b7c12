"""A connection for one request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import aiohttp
import httpx


class _Request(Protocol):
    @property
    def method(self) -> str: ...


_Sent = TypeVar("_Sent", bound=_Request)
_Answer = TypeVar("_Answer")

# A kept connection that the other end had closed: nothing of an answer came.
_CLOSED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
_NOT_MADE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


async def opened(send: Callable[[_Sent], Awaitable[_Answer]], request: _Sent) -> _Answer:
    """Send a request and return the head of its answer, which is all that `send` waits for.

    A GET is sent once more where its connection closed before an answer, as a kept one may have
    done unseen. Everything else is sent once: whether Vapi acted on it is not known.
    """
    try:
        return await send(request)
    except (httpx.HTTPError, aiohttp.ClientError) as error:
        if request.method != "GET" or not _was_closed(error):
            raise
    return await send(request)


def _was_closed(error: Exception) -> bool:
    cause = error.__cause__ or error
    return isinstance(cause, _CLOSED) and not isinstance(cause, _NOT_MADE)

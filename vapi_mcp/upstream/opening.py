"""A connection for one request."""

from __future__ import annotations

import aiohttp
import httpx

# A kept connection that the other end had closed: nothing of an answer came.
_CLOSED = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
_NOT_MADE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


async def opened(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send a request and return the head of its answer.

    A GET is sent once more where its connection closed before an answer, as a kept one may have
    done unseen. Everything else is sent once: whether Vapi acted on it is not known.
    """
    try:
        return await client.send(request, stream=True)
    except (httpx.HTTPError, aiohttp.ClientError) as error:
        if request.method != "GET" or not _was_closed(error):
            raise
    return await client.send(request, stream=True)


def _was_closed(error: Exception) -> bool:
    cause = error.__cause__ or error
    return isinstance(cause, _CLOSED) and not isinstance(cause, _NOT_MADE)

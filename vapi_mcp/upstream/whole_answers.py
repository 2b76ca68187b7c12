"""Requests whose answers are read whole, over aiohttp itself: httpx would cost as much again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aiohttp
import httpx
from httpx_aiohttp.transport import AiohttpTransport, map_aiohttp_exceptions

from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.upstream.decoding import read_bounded
from vapi_mcp.upstream.opening import opened

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class WholeAnswers:
    """Sends requests over the connections of a transport, and raises what that raises."""

    def __init__(
        self, transport: AiohttpTransport, connect_seconds: float, most_bytes: int
    ) -> None:
        self._transport = transport
        self._timeout = aiohttp.ClientTimeout(sock_connect=connect_seconds)
        self._most_bytes = most_bytes

    async def answer(
        self, request: UpstreamRequest, url: str, headers: Mapping[str, str]
    ) -> UpstreamResponse:
        """Return the answer to a request that has a body of JSON or none.

        Raises:
            AnswerTooLarge: The decoded answer exceeds the bound.
            httpx.HTTPError: Nothing readable came back; its cause is aiohttp's own error.
        """

        async def send(request: UpstreamRequest) -> aiohttp.ClientResponse:
            try:
                return await self._session().request(
                    request.method,
                    url,
                    headers=headers,
                    data=request.body,
                    allow_redirects=False,
                    auto_decompress=False,
                    timeout=self._timeout,
                )
            except Exception:
                # Entered here and not above: where nothing fails there is nothing to map.
                with map_aiohttp_exceptions():
                    raise

        response = await opened(send, request)
        try:
            async with response:
                found = _headers(response.raw_headers)
                check_redirect(response.status, found)
                return UpstreamResponse(response.status, found, await self._body(response, found))
        except Exception:
            with map_aiohttp_exceptions():
                raise

    async def _body(self, response: aiohttp.ClientResponse, headers: Mapping[str, str]) -> bytes:
        encoding, length = headers.get("content-encoding", "").lower(), response.content_length
        # A length that was said is not exceeded.
        if not encoding and length is not None and length <= self._most_bytes:
            return await response.read()
        return await read_bounded(response.content.iter_any(), encoding, self._most_bytes)

    def _session(self) -> aiohttp.ClientSession:
        session = self._transport.client
        if not isinstance(session, aiohttp.ClientSession):
            session = self._transport.client = self._transport.get_client()
        return session


def check_redirect(status: int, headers: Mapping[str, str]) -> None:
    """Refuse an answer whose redirect is no URL, as the client of httpx does."""
    if status not in REDIRECTS or "location" not in headers:
        return
    try:
        httpx.URL(headers["location"])
    except httpx.InvalidURL:
        raise httpx.RemoteProtocolError("the redirect is no URL") from None


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Return headers by lower-case names, several of one name with commas between them."""
    try:
        return _joined(raw, "utf-8")
    except UnicodeDecodeError:
        return _joined(raw, "latin-1")


def _joined(raw: Sequence[tuple[bytes, bytes]], encoding: str) -> dict[str, str]:
    pairs = [(name.decode(encoding).lower(), value.decode(encoding)) for name, value in raw]
    found = dict(pairs)
    if len(found) < len(pairs):
        found = {}
        for key, text in pairs:
            found[key] = f"{found[key]}, {text}" if key in found else text
    return found

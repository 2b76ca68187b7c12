"""Requests to URLs that Vapi names, without the account's key: the control of a running call."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp
import httpx

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import UpstreamFailed
from vapi_mcp.invocation.failures.transport_errors import NeverConnected, timed_out
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.upstream.addresses import is_same_origin, normalised, objection_to
from vapi_mcp.upstream.decoding import read_bounded

_MOST_BYTES = 64 * 1024
_PATIENCE = httpx.Timeout(None, connect=5.0)
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)
_NEVER_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
)
_OBJECTIONS = {"scheme": "it is not https", "address": "it leads to a private address"}
_HEADERS = {"content-type": "application/json", "accept-encoding": "identity"}


class NamedUrls:
    """Sends to the upstream's own origin, and to public hosts over https.

    No error, and so no log, has the URL: whoever knows it controls the call.
    """

    def __init__(
        self, own_origin: httpx.AsyncClient, elsewhere: httpx.AsyncClient, *, allow_private: bool
    ) -> None:
        """Take two clients: one for the upstream's own origin, one that only sees public hosts."""
        self._own_origin = own_origin
        self._elsewhere = own_origin if allow_private else elsewhere
        self._allow_private = allow_private

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send a request to its URL and return the whole answer; no redirect is followed.

        Raises:
            NeverConnected: The URL is none that may be sent to, or cannot be reached.
            UpstreamFailed: Nothing readable came back in time.
        """
        url = _readable(request.url or "")
        client = self._client_for(url, account)
        try:
            async with asyncio.timeout(request.deadline):
                return await _answer(client, url, request)
        except TimeoutError as error:
            raise timed_out(request.deadline, writes=True) from error
        except _FAILURES as error:
            if isinstance(error, _NEVER_CONNECTED):
                raise _refused("it cannot be reached") from None
            raise UpstreamFailed(
                "The connection to the control URL of the call broke off. It is not known whether "
                "Vapi did this.",
                status=502,
            ) from None

    def _client_for(self, url: str, account: Account) -> httpx.AsyncClient:
        if is_same_origin(url, account.base_url):
            return self._own_origin
        if not self._allow_private and (objection := objection_to(url)):
            raise _refused(_OBJECTIONS[objection])
        return self._elsewhere


async def _answer(
    client: httpx.AsyncClient, url: str, request: UpstreamRequest
) -> UpstreamResponse:
    prepared = client.build_request(
        request.method, url, content=request.body, headers=_HEADERS, timeout=_PATIENCE
    )
    response = await client.send(prepared, stream=True)
    try:
        encoding = response.headers.get("content-encoding", "").lower()
        body = await read_bounded(response.aiter_raw(), encoding, _MOST_BYTES)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return UpstreamResponse(response.status_code, headers, body)
    finally:
        await response.aclose()


def _readable(url: str) -> str:
    try:
        found = normalised(url)
        parts = urlsplit(found)
        _ = parts.port
    except ValueError:
        raise _refused("it cannot be read as the URL of one host") from None
    if parts.scheme not in ("https", "http"):
        raise _refused("it is not https")
    if parts.username is not None or parts.password is not None:
        raise _refused("it has a user name or password in it")
    return found


def _refused(cause: str) -> NeverConnected:
    return NeverConnected(
        f"Vapi names a control URL for this call, but {cause}. Nothing was sent.", status=502
    )

"""Redirects to artifacts, followed with care."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import partial
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import httpx

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ArtifactUnavailable
from vapi_mcp.invocation.answers.presigned import expiry_of
from vapi_mcp.invocation.failures.header_numbers import whole_number
from vapi_mcp.invocation.messages import ArtifactLink
from vapi_mcp.upstream.addresses import is_same_origin, normalised, objection_to
from vapi_mcp.upstream.opening import opened

# Enough for the headers that say how long a recording is.
_HEAD = 4096
# Storage may be silent for so long; how long all of the bytes take is the reader's affair.
_PATIENCE = httpx.Timeout(None, connect=5.0, read=30.0)
# Bytes are wanted as they are stored: ranges and sizes are of those.
AS_STORED: Mapping[str, str] = {"accept-encoding": "identity"}
BAD_LINK = "Vapi redirects to a bad link: it cannot be read as the URL of one host"
_OBJECTIONS = {
    "scheme": "Vapi redirects to a place that is not https",
    "address": "Vapi redirects to a private address",
}
_GIVEN = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)


class LinkFinder:
    """Follows a presigned URL to its file, without sending a credential."""

    def __init__(
        self, own_origin: httpx.AsyncClient, elsewhere: httpx.AsyncClient, *, allow_private: bool
    ) -> None:
        """Take two clients: one for the upstream's own origin, one that only sees public hosts."""
        self._own_origin = own_origin
        self._elsewhere = own_origin if allow_private else elsewhere
        self._allow_private = allow_private

    async def find(self, location: str, account: Account) -> ArtifactLink:
        """Return the link with type, size and first bytes, from a ranged GET of these.

        A URL presigned for GET refuses HEAD.

        Raises:
            ArtifactUnavailable: The place is private, gone, or cannot be reached.
        """
        url = _joined(location, account)
        async with self.opened(url, account, {"range": f"bytes=0-{_HEAD - 1}"}) as response:
            # Nothing can be asked of no bytes: storage refuses any range of an empty file.
            is_empty = response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            packed = "content-encoding" in response.headers
            return ArtifactLink(
                url=url,
                content_type=response.headers.get("content-type"),
                size=_size(response),
                expires_at=expiry_of(url),
                head=b"" if packed or is_empty else await _head_of(response),
            )

    @asynccontextmanager
    async def opened(
        self, location: str, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[httpx.Response]:
        """Yield the storage's answer (200, 206 or 416) while its bytes arrive.

        Raises:
            ArtifactUnavailable: The place is private, gone, or cannot be reached.
        """
        url = _destination(location, account)
        client = self._client_for(url, account)
        try:
            request = client.build_request(
                "GET", url, headers={**AS_STORED, **headers}, timeout=_PATIENCE
            )
            response = await opened(partial(client.send, stream=True), request)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
            raise unavailable("its storage cannot be reached") from error
        try:
            asked = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE if "range" in headers else None
            if response.status_code not in (*_GIVEN, asked):
                raise unavailable(f"its storage answered {response.status_code}")
            yield response
        finally:
            await response.aclose()

    def _client_for(self, url: str, account: Account) -> httpx.AsyncClient:
        if is_same_origin(url, account.base_url):
            return self._own_origin
        if not self._allow_private and (objection := objection_to(url)):
            raise unavailable(_OBJECTIONS[objection])
        return self._elsewhere


def _joined(location: str, account: Account) -> str:
    try:
        return urljoin(account.base_url + "/", location)
    except ValueError as error:
        raise unavailable(BAD_LINK) from error


def _destination(location: str, account: Account) -> str:
    """Return a redirect's URL as it will be connected to."""
    try:
        url = normalised(_joined(location, account))
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise unavailable(BAD_LINK) from error
    if parts.username is not None or parts.password is not None:
        raise unavailable("Vapi redirects to a bad link: it has a user name or password in it")
    return url


def unavailable(cause: str) -> ArtifactUnavailable:
    """Return the error for an artifact without a usable link."""
    return ArtifactUnavailable(
        f"Vapi names this artifact, but {cause}.",
        status=502,
        hint="Call the tool again for a new link; a link is valid for a short time only.",
    )


async def arriving(response: httpx.Response) -> AsyncGenerator[bytes]:
    """Yield a body's bytes as they come; raises ArtifactUnavailable when they break off."""
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except (httpx.HTTPError, OSError) as error:
        raise unavailable("the connection to its storage broke off") from error


async def _head_of(response: httpx.Response) -> bytes:
    head = bytearray()
    async with aclosing(arriving(response)) as chunks:
        async for chunk in chunks:
            head += chunk
            if len(head) >= _HEAD:
                break
    return bytes(head[:_HEAD])


def _size(response: httpx.Response) -> int | None:
    total = response.headers.get("content-range", "").rpartition("/")[2]
    if response.status_code == HTTPStatus.OK:  # the storage ignored the range
        total = response.headers.get("content-length", "")
    return whole_number(total)

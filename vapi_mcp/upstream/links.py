from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import httpx

from vapi_mcp.access.models import Account
from vapi_mcp.errors import ArtifactUnavailable
from vapi_mcp.upstream.addresses import is_public, is_same_origin, literal_address
from vapi_mcp.upstream.messages import ArtifactLink
from vapi_mcp.upstream.presigned import expiry_of


class LinkFinder:
    """Finds out what stands behind a presigned URL, without ever showing it a credential."""

    def __init__(
        self, own_origin: httpx.AsyncClient, elsewhere: httpx.AsyncClient, *, allow_private: bool
    ) -> None:
        """Take two clients: one for the upstream's own origin, one that only sees public hosts."""
        self._own_origin = own_origin
        self._elsewhere = own_origin if allow_private else elsewhere
        self._allow_private = allow_private

    async def find(self, location: str, account: Account) -> ArtifactLink:
        """Return the link with type and size, read from a ranged GET of one byte.

        A URL presigned for GET refuses HEAD.

        Raises:
            ArtifactUnavailable: The place is private, gone, or cannot be reached.
        """
        url = urljoin(account.base_url + "/", location)
        client = self._client_for(url, account)
        try:
            async with client.stream("GET", url, headers={"range": "bytes=0-0"}) as response:
                if response.status_code not in (200, 206):
                    raise unavailable(f"its storage answered {response.status_code}")
                return ArtifactLink(
                    url=url,
                    content_type=response.headers.get("content-type"),
                    size=_size(response),
                    expires_at=expiry_of(url),
                )
        except (httpx.HTTPError, OSError) as error:
            raise unavailable("its storage cannot be reached") from error

    def _client_for(self, url: str, account: Account) -> httpx.AsyncClient:
        if is_same_origin(url, account.base_url):
            return self._own_origin
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._allow_private:
            raise unavailable("Vapi redirects to a place that is not https")
        address = literal_address(parts.hostname or "")
        if address and not is_public(address) and not self._allow_private:
            raise unavailable("Vapi redirects to a private address")
        return self._elsewhere


def unavailable(cause: str) -> ArtifactUnavailable:
    """Return the error for an artifact without a usable link."""
    return ArtifactUnavailable(
        f"Vapi names this artifact, but {cause}.",
        status=502,
        hint="Call the tool again for a fresh link; it lives for a short time only.",
    )


def _size(response: httpx.Response) -> int | None:
    total = response.headers.get("content-range", "").rpartition("/")[2]
    if response.status_code == HTTPStatus.OK:  # the storage ignored the range
        total = response.headers.get("content-length", "")
    return int(total) if total.isdecimal() else None

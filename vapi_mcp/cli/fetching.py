"""A document at a URL, within bounds."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from vapi_mcp.errors import ConfigurationError

MOST_BYTES = 64 * 1024 * 1024
_MOST_REDIRECTS = 5
_SECONDS = 60.0


def fetched(url: str, transport: httpx.BaseTransport | None = None) -> bytes:
    """Return the bytes at a URL. From https a redirect leads to https only.

    Raises:
        ConfigurationError: They cannot be read, or are more than `MOST_BYTES`.
    """
    try:
        with httpx.Client(transport=transport, timeout=_SECONDS) as client:
            return _followed(client, url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConfigurationError(f"{url} cannot be read: {error}") from error


def _followed(client: httpx.Client, url: str) -> bytes:
    place = httpx.URL(url)
    for _ in range(_MOST_REDIRECTS + 1):
        with client.stream("GET", place) as response:
            if not response.has_redirect_location or response.next_request is None:
                return _read(response.raise_for_status(), url)
            following = response.next_request.url
        if following.scheme != "https" and (place.scheme, following.scheme) != ("http", "http"):
            raise ConfigurationError(
                f"{url} redirects from {place.scheme} to {urlsplit(str(following)).scheme}, "
                "which is not followed. Pass the URL of the document itself."
            )
        place = following
    raise ConfigurationError(f"{url} redirects more than {_MOST_REDIRECTS} times.")


def _read(response: httpx.Response, url: str) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > MOST_BYTES:
            raise ConfigurationError(
                f"{url} has more than {MOST_BYTES // 2**20} MB, so it is not a Vapi OpenAPI "
                "document. Pass the URL of the document itself."
            )
    return bytes(content)

"""Documents of OAuth clients, read from public https addresses only."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver

from vapi_mcp.oauth.errors import DocumentUnavailable
from vapi_mcp.oauth.ports import ClientDocument
from vapi_mcp.upstream.addresses import PublicResolver
from vapi_mcp.upstream.public.https import PublicHttps, first_bytes, is_public_https

_LARGEST = 5 * 1024
_SECONDS = 5.0
_AT_ONCE = 8
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})")
_FAILURES = (aiohttp.ClientError, OSError, ValueError, TimeoutError)


class PublicClientDocuments:
    """Reads documents: no redirects, 5 KB, 5 seconds, no cookies, no credentials.

    resolver: gives the addresses to connect to; its answer is what is connected to.
    """

    def __init__(
        self,
        resolver: Callable[[], AbstractResolver] = PublicResolver,
        *,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        """Take what finds addresses; certificates: those to trust, the usual ones by default."""
        self._https = PublicHttps(resolver, certificates)
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    async def read(self, url: str) -> ClientDocument:
        """Return a document.

        Raises:
            DocumentUnavailable: It cannot be read, or is no JSON object.
        """
        try:
            if not is_public_https(url):
                raise DocumentUnavailable("its address is not a public one of https")
            async with self._at_once, asyncio.timeout(_SECONDS):
                return await self._read(url)
        except TimeoutError:
            raise DocumentUnavailable(f"it did not arrive within {_SECONDS:g} seconds") from None
        except _FAILURES as error:
            raise DocumentUnavailable(f"it cannot be read ({type(error).__name__})") from error

    async def _read(self, url: str) -> ClientDocument:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with (
            self._https.session() as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status != HTTPStatus.OK:
                raise DocumentUnavailable(f"its address answers {answer.status}")
            body = await first_bytes(answer, _LARGEST)
            cache_control = answer.headers.get("cache-control", "").lower()
        if len(body) > _LARGEST:
            raise DocumentUnavailable(f"it is larger than {_LARGEST} bytes")
        found = _object_in(body)
        age = _MAX_AGE.search(cache_control)
        return ClientDocument(found, int(age[1]) if age else None)


def _object_in(body: bytes) -> dict[str, Any]:
    found = orjson.loads(body)
    if not isinstance(found, dict):
        raise DocumentUnavailable("it is not a JSON object")
    return cast("dict[str, Any]", found)

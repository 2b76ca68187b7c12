"""Connections to addresses that anybody may have named: https, public, without anything of ours."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import aiohttp
from aiohttp.abc import AbstractResolver

from vapi_mcp.upstream.addresses import PublicResolver, normalised, objection_to


class PublicHttps:
    """Opens sessions without cookies, proxies, or connections that stay open.

    resolver: gives the addresses to connect to; its answer is what is connected to. certificates:
    those to trust, the usual ones by default.
    """

    def __init__(
        self,
        resolver: Callable[[], AbstractResolver] = PublicResolver,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._resolver = resolver
        self._certificates = certificates

    def session(self) -> aiohttp.ClientSession:
        """Return a session for one request, which its user closes."""
        connector = aiohttp.TCPConnector(
            resolver=self._resolver(),
            ssl=self._certificates or True,
            force_close=True,
            use_dns_cache=False,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )


def is_public_https(url: str) -> bool:
    """Return whether a URL is of https, and spells out no address that is not public.

    Names are judged where they are resolved.

    Raises:
        ValueError: It is no URL.
    """
    return objection_to(normalised(url)) is None


async def first_bytes(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Return the beginning of a body: one byte more than `most` tells that there is more."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(most + 1):
        body += chunk
        if len(body) > most:
            break
    return bytes(body[: most + 1])

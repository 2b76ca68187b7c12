"""Webhooks to subscribers, sent to public https addresses only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping

import aiohttp
from aiohttp.abc import AbstractResolver

from vapi_mcp.events.callbacks import CallbackAnswer, CallbackFailed
from vapi_mcp.upstream.addresses import PublicResolver
from vapi_mcp.upstream.public.https import PublicHttps, first_bytes, is_public_https

_LARGEST_ANSWER = 4 * 1024
_SECONDS = 10.0
_FAILURES = (aiohttp.ClientError, OSError, ValueError)


class PublicCallbacks:
    """Posts JSON: no redirects, 10 seconds, no cookies, no credentials."""

    def __init__(
        self,
        resolver: Callable[[], AbstractResolver] = PublicResolver,
        *,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        """Take what finds addresses; certificates: those to trust, the usual ones by default."""
        self._https = PublicHttps(resolver, certificates)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        """Send a message and return its answer.

        Raises:
            CallbackFailed: The URL may not be asked, or does not answer in time.
        """
        try:
            if not is_public_https(url):
                raise CallbackFailed(
                    "connection_refused", "the URL is not a public address of https"
                )
            async with asyncio.timeout(_SECONDS):
                return await self._post(url, body, headers)
        except TimeoutError:
            raise CallbackFailed(
                "timeout", f"the URL did not answer within {_SECONDS:g} seconds"
            ) from None
        except _FAILURES as error:
            raise CallbackFailed(*_told(error)) from error

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        sent = {**headers, "content-type": "application/json", "accept-encoding": "identity"}
        async with (
            self._https.session() as session,
            session.post(url, data=body, headers=sent, allow_redirects=False) as answer,
        ):
            return CallbackAnswer(answer.status, await first_bytes(answer, _LARGEST_ANSWER))


def _told(error: Exception) -> tuple[str, str]:
    """Return the word for a failure, and what to do about it."""
    if isinstance(error, aiohttp.ClientSSLError):
        return "tls_error", "the URL's certificate is not one that this machine trusts"
    if isinstance(error, aiohttp.ClientConnectorDNSError | aiohttp.InvalidURL):
        return "connection_refused", "the URL's host has no public address; check its name"
    return "connection_refused", "nothing answers at the URL; check that it can be reached"

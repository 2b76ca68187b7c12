"""An upstream whose connections accounts and tenants share."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.upstream.shares import Shares


class SharedUpstream:
    """An upstream of which each account and tenant has a share.

    Every method also raises LimitReached, before anything is sent, where the share is used up.
    """

    def __init__(self, inner: Upstream, shares: Shares) -> None:
        self._inner = inner
        self._shares = shares

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request, as the inner upstream does."""
        async with self._shares.place(account):
            return await self._inner.send(request, account)

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand on a stream; its place is held to the stream's end."""
        async with self._shares.place(account):
            return await self._inner.stream(request, account, take)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect, as the inner upstream does."""
        async with self._shares.place(account):
            return await self._inner.locate(request, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Hold an artifact's bytes open, and a place as long."""
        async with (
            self._shares.place(account),
            self._inner.opened(request, account, headers) as found,
        ):
            yield found

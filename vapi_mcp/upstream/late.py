"""An upstream that is loaded when something is first sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Self

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.late import Late

if TYPE_CHECKING:
    from vapi_mcp.upstream.client import UpstreamClient


class LateUpstream:
    """The one HTTP client, whose libraries take longer to load than all tools.

    `load` may run ahead of the first request; every method waits for it.
    """

    def __init__(self, *, max_answer_bytes: int, allow_private: bool) -> None:
        def make() -> UpstreamClient:
            from vapi_mcp.upstream.client import UpstreamClient  # noqa: PLC0415 - late, as the name says

            return UpstreamClient(max_answer_bytes=max_answer_bytes, allow_private=allow_private)

        self._client = Late(make)

    async def load(self) -> UpstreamClient:
        """Return the client."""
        return await self._client.get()

    def loading(self, *, after: float = 0.0) -> AbstractAsyncContextManager[None]:
        """Load the client meanwhile, as `Late.loading` does."""
        return self._client.loading(after=after)

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request, as the client does."""
        return await (self._client.made or await self.load()).send(request, account)

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand on a stream, as the client does."""
        return await (self._client.made or await self.load()).stream(request, account, take)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect, as the client does."""
        return await (self._client.made or await self.load()).locate(request, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Hold an artifact's bytes open, as the client does."""
        client = self._client.made or await self.load()
        async with client.opened(request, account, headers) as found:
            yield found

    async def __aenter__(self) -> Self:
        """Return the upstream; nothing is loaded yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        if self._client.made is not None:
            await self._client.made.aclose()

"""The upstream of one call, which counts the time that its requests take."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream


class TimedUpstream:
    """An upstream for one call; `seconds` is None until a request was made."""

    def __init__(self, inner: Upstream) -> None:
        self._inner = inner
        self.seconds: float | None = None

    async def begin(self) -> None:
        """Read what belongs, where the call is kept to it, before a write is claimed."""
        from vapi_mcp.invocation.belonging.kept import KeptUpstream  # noqa: PLC0415 - loaded when it is used

        if isinstance(self._inner, KeptUpstream):
            with self._timing():
                await self._inner.begin()

    async def examine(self, request: UpstreamRequest) -> UpstreamRequest | UpstreamResponse:
        """Return a write as it would be sent, or the answer to one that must not be."""
        from vapi_mcp.invocation.belonging.kept import KeptUpstream  # noqa: PLC0415 - loaded when it is used

        if not isinstance(self._inner, KeptUpstream):
            return request
        with self._timing():
            return await self._inner.examine(request)

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request, as the inner upstream does."""
        # Without a context manager: every call comes here.
        begun = time.perf_counter()
        try:
            return await self._inner.send(request, account)
        finally:
            self._add(begun)

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand on a stream; its time lasts to the stream's end."""
        with self._timing():
            return await self._inner.stream(request, account, take)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect, as the inner upstream does."""
        with self._timing():
            return await self._inner.locate(request, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Hold an artifact's bytes open, as the inner upstream does; timed until they begin."""
        async with AsyncExitStack() as stack:
            with self._timing():
                found = await stack.enter_async_context(
                    self._inner.opened(request, account, headers)
                )
            yield found

    @contextmanager
    def _timing(self) -> Generator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._add(begun)

    def _add(self, begun: float) -> None:
        self.seconds = (self.seconds or 0.0) + time.perf_counter() - begun

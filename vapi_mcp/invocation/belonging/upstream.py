"""The way to Vapi of all accounts: those that are kept to some objects see these alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.belonging.ports import OpenOwned
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.registry.tool import Tool

if TYPE_CHECKING:
    from vapi_mcp.invocation.belonging.operations import Operations


class BelongingUpstream:
    """An upstream that keeps an account's requests to what `Account.kept_to` names.

    `of_call` reads once for a whole call what belongs; each of the other methods reads it anew.
    """

    def __init__(self, inner: Upstream, tools: Iterable[Tool], open_owned: OpenOwned) -> None:
        self._inner = inner
        self._tools = tools
        self._open = open_owned

    def of_call(self, account: Account) -> Upstream:
        """Return the way of one call of a tool."""
        if account.kept_to is None:
            return self._inner
        # Most servers see the whole organisation.
        from vapi_mcp.invocation.belonging.kept import KeptUpstream  # noqa: PLC0415 - loaded when it is used

        return KeptUpstream(self._inner, self._operations, self._open, account, account.kept_to)

    @cached_property
    def _operations(self) -> Operations:
        from vapi_mcp.invocation.belonging.operations import Operations  # noqa: PLC0415 - loaded when it is used

        return Operations(self._tools)

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request."""
        return await self.of_call(account).send(request, account)

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand on a stream."""
        return await self.of_call(account).stream(request, account, take)

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect."""
        return await self.of_call(account).locate(request, account)

    @asynccontextmanager
    async def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AsyncGenerator[OpenArtifact | UpstreamResponse]:
        """Hold an artifact's bytes open."""
        async with self.of_call(account).opened(request, account, headers) as found:
            yield found


def of_call(upstream: Upstream, account: Account) -> Upstream:
    """Return the way of one call: where it is kept to some objects, these are read once."""
    return upstream.of_call(account) if isinstance(upstream, BelongingUpstream) else upstream

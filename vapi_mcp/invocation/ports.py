"""What the pipeline needs from the outside."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    Take,
    UpstreamRequest,
    UpstreamResponse,
)


class Upstream(Protocol):
    """Vapi, or whatever answers at an account's base URL."""

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request and return the whole answer, whatever its status.

        Raises:
            AnswerTooLarge: The decoded answer exceeds the bound.
            UpstreamFailed: Nothing readable came back in time.
        """
        ...

    async def stream(
        self, request: UpstreamRequest, account: Account, take: Take
    ) -> UpstreamResponse:
        """Send one request and hand the bytes of an event stream on while they arrive.

        The answer then has no body; any other answer is whole.

        Raises:
            AnswerTooLarge: The decoded answer exceeds the bound.
            UpstreamFailed: It did not come, or not to its end; what came was handed on.
        """
        ...

    async def locate(
        self, request: UpstreamRequest, account: Account
    ) -> ArtifactLink | UpstreamResponse:
        """Follow an artifact's redirect without the credential and return where the bytes are.

        An answer that is no redirect is returned as it is.

        Raises:
            ArtifactUnavailable: The redirect leads nowhere it may lead.
            UpstreamFailed: Nothing readable came back in time.
        """
        ...

    def opened(
        self, request: UpstreamRequest, account: Account, headers: Mapping[str, str]
    ) -> AbstractAsyncContextManager[OpenArtifact | UpstreamResponse]:
        """Follow an artifact's redirect without the credential and hold its bytes open.

        headers: `range` and `if-range`, or none. What Vapi refuses is given as it is. Entering
        raises as `locate` does; reading the bytes raises ArtifactUnavailable when they break off.
        """
        ...

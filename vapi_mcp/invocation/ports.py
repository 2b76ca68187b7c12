"""What the pipeline needs from the outside."""

from __future__ import annotations

from typing import Protocol

from vapi_mcp.access.models import Account
from vapi_mcp.upstream.messages import ArtifactLink, UpstreamRequest, UpstreamResponse


class Upstream(Protocol):
    """Vapi, or whatever answers at an account's base URL."""

    async def send(self, request: UpstreamRequest, account: Account) -> UpstreamResponse:
        """Send one request and return the whole answer, whatever its status.

        Raises:
            AnswerTooLarge: The decoded answer exceeds the bound.
            UpstreamFailed: Nothing readable came back in time.
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

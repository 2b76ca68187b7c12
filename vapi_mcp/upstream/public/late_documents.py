"""Documents of OAuth clients, whose libraries are loaded when the first one is read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from vapi_mcp.oauth.ports import ClientDocument

if TYPE_CHECKING:
    from vapi_mcp.upstream.public.client_documents import PublicClientDocuments


class LateClientDocuments:
    """Reads documents as `PublicClientDocuments` does."""

    def __init__(self) -> None:
        self._reader: PublicClientDocuments | None = None

    async def read(self, url: str) -> ClientDocument:
        """Return a document; raises DocumentUnavailable where it cannot be read."""
        if self._reader is None:
            # In a thread: other requests are under way.
            self._reader = await asyncio.to_thread(_made)
        return await self._reader.read(url)


def _made() -> PublicClientDocuments:
    from vapi_mcp.upstream.public.client_documents import PublicClientDocuments  # noqa: PLC0415 - loaded when it is used

    return PublicClientDocuments()

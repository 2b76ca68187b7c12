"""Documents of OAuth clients, whose libraries are loaded when the first one is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vapi_mcp.late import Late
from vapi_mcp.oauth.ports import ClientDocument

if TYPE_CHECKING:
    from vapi_mcp.upstream.public.client_documents import PublicClientDocuments


class LateClientDocuments:
    """Reads documents as `PublicClientDocuments` does."""

    def __init__(self) -> None:
        self._reader = Late(_made)

    async def read(self, url: str) -> ClientDocument:
        """Return a document; raises DocumentUnavailable where it cannot be read."""
        return await (await self._reader.get()).read(url)


def _made() -> PublicClientDocuments:
    from vapi_mcp.upstream.public.client_documents import PublicClientDocuments  # noqa: PLC0415 - loaded when it is used

    return PublicClientDocuments()

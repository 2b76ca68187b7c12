"""The id of what a stream of events makes, as its first events say it."""

from __future__ import annotations

import re

from vapi_mcp.invocation.belonging.ports import Reference
from vapi_mcp.invocation.messages import Take

_MOST = 16 * 1024
_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{1,128})"')


class Heard:
    """Hands the pieces of a stream on, and keeps how it begins."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._begin = bytearray()

    async def take(self, piece: bytes) -> None:
        """Hand a piece on."""
        if len(self._begin) < _MOST:
            self._begin += piece
        await self._take(piece)

    def made(self, kind: str) -> frozenset[Reference]:
        """Return what the stream made, by the first id in it."""
        found = _ID.search(self._begin)
        return frozenset({(kind, found[1].decode())}) if found else frozenset()

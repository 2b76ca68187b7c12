"""Webhooks, whose libraries are loaded when the first one is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vapi_mcp.events.callbacks import CallbackAnswer

if TYPE_CHECKING:
    from vapi_mcp.upstream.public.callbacks import PublicCallbacks


class LateCallbacks:
    """Sends messages as `PublicCallbacks` does."""

    def __init__(self) -> None:
        self._sender: PublicCallbacks | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        """Send a message; raises CallbackFailed where that cannot be done."""
        if self._sender is None:
            # In a thread: other requests are under way.
            self._sender = await asyncio.to_thread(_made)
        return await self._sender.post(url, body, headers)


def _made() -> PublicCallbacks:
    from vapi_mcp.upstream.public.callbacks import PublicCallbacks  # noqa: PLC0415 - loaded when it is used

    return PublicCallbacks()

"""Webhooks, whose libraries are loaded when the first one is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vapi_mcp.events.callbacks import CallbackAnswer
from vapi_mcp.late import Late

if TYPE_CHECKING:
    from vapi_mcp.upstream.public.callbacks import PublicCallbacks


class LateCallbacks:
    """Sends messages as `PublicCallbacks` does."""

    def __init__(self) -> None:
        self._sender = Late(_made)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> CallbackAnswer:
        """Send a message; raises CallbackFailed where that cannot be done."""
        return await (await self._sender.get()).post(url, body, headers)


def _made() -> PublicCallbacks:
    from vapi_mcp.upstream.public.callbacks import PublicCallbacks  # noqa: PLC0415 - loaded when it is used

    return PublicCallbacks()

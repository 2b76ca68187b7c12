"""The console, loaded by the first request for it: most processes show none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from vapi_mcp.console.console import Console


class LateConsole:
    """The ASGI app of `/console`, made when it is first asked."""

    def __init__(self, make: Callable[[], Console]) -> None:
        self._make = make
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if self._app is None:
            from vapi_mcp.console.app import console_app  # noqa: PLC0415 - loaded when it is used

            self._app = console_app(self._make())
        await self._app(scope, receive, send)

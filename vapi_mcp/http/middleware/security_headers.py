"""Headers that keep answers private."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A URL may hold a server's token: no page that an answer shows tells it to another site. An answer
# may hold secrets and is for its client alone: no cache keeps it, and no browser shows it.
DISCREET: Mapping[str, str] = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


class ResponseHeaders:
    """Gives every answer the headers of `DISCREET` that it does not have already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete its answer."""

        async def completing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in DISCREET.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, completing)

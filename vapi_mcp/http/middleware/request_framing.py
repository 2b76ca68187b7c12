"""Requests that state their length in two ways."""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from vapi_mcp.http.errors import CLOSING, Refusal


class FramingGuard:
    """Settles what a request's headers mean before anybody acts on them.

    White space around values goes (not every HTTP parser drops it). A request that states its
    length in two ways is refused and its connection closed: one server would end it where another
    one begins the next (RFC 9112, 6.3).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        if _is_ambiguous(scope):
            refusal = Refusal(
                HTTPStatus.BAD_REQUEST,
                "a request must not have both Content-Length and Transfer-Encoding",
                headers=CLOSING,
            )
            return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)


def _is_ambiguous(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return b"content-length" in names and b"transfer-encoding" in names

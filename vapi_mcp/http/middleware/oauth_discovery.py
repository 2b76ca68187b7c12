"""Answers to clients that look for OAuth."""

from __future__ import annotations

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from vapi_mcp.http.errors import plain_error


class OAuthDiscovery:
    """Answers a plain 404 to clients that look for OAuth, wherever they look.

    They probe `.well-known` and `/register` below the root and below the MCP URL itself. Taken
    for a token, such a path would be a 401, and they would go on.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] == "http" and is_probe(scope["path"]):
            answer = plain_error(HTTPStatus.NOT_FOUND, "this server does not use OAuth")
            return await answer(scope, receive, send)
        return await self._app(scope, receive, send)


def is_probe(path: str) -> bool:
    """Return whether a client looks for OAuth there."""
    return ".well-known" in path or path.rstrip("/").endswith("/register")

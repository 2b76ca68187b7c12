"""Answers to clients that look for OAuth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from vapi_mcp.errors import StoreError
from vapi_mcp.http.errors import plain_error

RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
SERVER_METADATA = "/.well-known/oauth-authorization-server"
REGISTER = "/register"
AUTHORIZE = "/authorize"
TOKEN = "/token"  # noqa: S105 - a path
REVOKE = "/revoke"


def resource_paths(public_path: str) -> frozenset[str]:
    """Return where the metadata of the resource is; the path of a public URL comes after."""
    return frozenset({RESOURCE_METADATA, f"{RESOURCE_METADATA}{public_path}/mcp"})


def server_paths(public_path: str) -> frozenset[str]:
    """Return where the metadata of the authorization server is."""
    return frozenset({SERVER_METADATA, f"{SERVER_METADATA}{public_path}"})


def oauth_paths(public_path: str) -> list[str]:
    """Return all paths of OAuth."""
    found = [*resource_paths(public_path), *server_paths(public_path)]
    return [*found, REGISTER, AUTHORIZE, TOKEN, REVOKE]


class OAuthDiscovery:
    """Answers a plain 404 to clients that look for OAuth, wherever they look.

    They probe `.well-known` and `/register` below the root and below the MCP URL itself. Taken
    for a token, such a path would be a 401, and they would go on.
    """

    def __init__(
        self, app: ASGIApp, is_offered: Callable[[], Awaitable[bool]], public_path: str
    ) -> None:
        """Stand before an app that serves metadata and registration while OAuth is offered."""
        self._app = app
        self._served = {REGISTER, *resource_paths(public_path), *server_paths(public_path)}
        self._is_offered = is_offered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        if scope["type"] == "http" and await self._is_in_vain(scope["path"]):
            answer = plain_error(HTTPStatus.NOT_FOUND, "this server does not use OAuth")
            return await answer(scope, receive, send)
        return await self._app(scope, receive, send)

    async def _is_in_vain(self, path: str) -> bool:
        if not is_probe(path):
            return False
        try:
            return path not in self._served or not await self._is_offered()
        except StoreError:
            return False  # the route has the answer


def is_probe(path: str) -> bool:
    """Return whether a client looks for OAuth there."""
    return ".well-known" in path or path.rstrip("/").endswith("/register")

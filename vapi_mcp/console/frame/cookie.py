"""The cookie of a session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.settings import Settings

# The prefix makes browsers take the cookie over https only, for this host and all its paths.
_SECURE, _PLAIN = "__Host-vapi_mcp", "vapi_mcp"


class SessionCookie:
    """Reads and writes the cookie; over https it has the prefix `__Host-`."""

    def __init__(self, settings: Settings) -> None:
        self._is_public_https = (settings.public_url or "").startswith("https:")

    def read(self, request: Request) -> str:
        """Return the secret in a request's cookie, empty if there is none."""
        return request.cookies.get(self._name(request), "")

    def write(self, request: Request, response: Response, secret: str) -> None:
        """Give a browser a session; the cookie lasts until the browser ends, at most."""
        is_secure = self._is_secure(request)
        response.set_cookie(
            self._name(request), secret, path="/", secure=is_secure, httponly=True, samesite="lax"
        )

    def clear(self, request: Request, response: Response) -> None:
        """Take the session from a browser."""
        is_secure = self._is_secure(request)
        response.delete_cookie(
            self._name(request), path="/", secure=is_secure, httponly=True, samesite="lax"
        )

    def _name(self, request: Request) -> str:
        return _SECURE if self._is_secure(request) else _PLAIN

    def _is_secure(self, request: Request) -> bool:
        return self._is_public_https or request.url.scheme == "https"

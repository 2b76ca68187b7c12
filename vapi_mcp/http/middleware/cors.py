"""CORS headers, for web pages of known origins."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vapi_mcp.http.middleware.host_check import MCP_PATHS
from vapi_mcp.http.middleware.oauth_discovery import is_probe

# Where a request's scope holds the headers of its answer, for those who answer outside of here.
_KEY = "vapi_mcp.cors"

# Pages that sign in read the answers of these, too.
_TOKENS = frozenset({"/token", "/revoke"})

# Pages try GET and DELETE, too. They go on after a 405 that they can read, and only then.
_METHODS = "GET, POST, DELETE"
_REQUEST_HEADERS = (
    "Authorization, X-Api-Token, Content-Type, Accept, Last-Event-ID, "
    "Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name"
)
_ANSWER_HEADERS = "Mcp-Session-Id, MCP-Protocol-Version, Retry-After, WWW-Authenticate"
_PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Methods": _METHODS,
    "Access-Control-Allow-Headers": _REQUEST_HEADERS,
    "Access-Control-Max-Age": "7200",  # seconds; browsers keep it no longer
}


class Cors:
    """Answers preflights and names the origin on every answer of MCP, errors too.

    It stands inside `HostGuard`, which has refused the other origins. Starlette's middleware does
    not fit: it judges origins a second time, covers every path, and answers 200 and 400.
    Cookies play no part here, so credentials are never allowed, and `*` is never said.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete its answer, or answer a preflight."""
        if scope["type"] != "http" or not _is_covered(scope["path"]):
            return await self._app(scope, receive, send)
        headers = scope[_KEY] = _headers_for(Headers(scope=scope).getlist("origin"))

        async def completing(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered.update(headers)
                answered.add_vary_header("Origin")
            await send(message)

        if scope["method"] == "OPTIONS" and headers:
            answer = Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
            return await answer(scope, receive, completing)
        return await self._app(scope, receive, completing)


def cors_headers(scope: Scope) -> Mapping[str, str]:
    """Return what an answer needs that is given outside of the middleware."""
    headers: Mapping[str, str] = scope.get(_KEY, {})
    return {**headers, "Vary": "Origin"} if headers else {}


def _is_covered(path: str) -> bool:
    # Pages look for OAuth before they connect, and have to read that there is none.
    return path.startswith(MCP_PATHS) or is_probe(path) or path in _TOKENS


def _headers_for(origins: list[str]) -> Mapping[str, str]:
    if len(origins) != 1:
        return {}
    return {
        "Access-Control-Allow-Origin": origins[0],
        "Access-Control-Expose-Headers": _ANSWER_HEADERS,
    }

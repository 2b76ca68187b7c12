"""A route that exists while OAuth is offered; its errors are those of OAuth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vapi_mcp.errors import StoreError
from vapi_mcp.http.errors import json_response
from vapi_mcp.oauth.errors import OAuthError

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class WhileOffered:
    """Answers by handlers, one a method; a 404 while no server asks for a second token."""

    def __init__(self, is_offered: Callable[[], Awaitable[bool]], **handlers: Handler) -> None:
        """Take the handlers by their methods, such as `get`."""
        self._is_offered = is_offered
        self._handlers = {method.upper(): each for method, each in handlers.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._answer(Request(scope, receive))
        except OAuthError as error:
            response = oauth_error(error)
        except StoreError as error:
            words = f"the database does not answer; try again in a moment ({error.reference})"
            response = oauth_error(OAuthError("server_error", words, status=503))
            response.headers["Retry-After"] = "2"
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not await self._is_offered():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        method = "GET" if request.method == "HEAD" else request.method
        if (handler := self._handlers.get(method)) is None:
            allowed = {"Allow": ", ".join(self._handlers)}
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers=allowed)
        return await handler(request)


def oauth_error(error: OAuthError) -> Response:
    """Return an error as OAuth has it: `error`, `error_description`."""
    body = {"error": error.code, "error_description": error.message}
    headers = {"Retry-After": "60"} if error.status == HTTPStatus.TOO_MANY_REQUESTS else {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="vapi-mcp"'
    return json_response(body, error.status, headers)

"""HTTP errors for requests that reach no tool."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vapi_mcp.errors import LimitReached, reason_phrase
from vapi_mcp.protocol.json_rpc import INTERNAL_ERROR, INVALID_REQUEST, MessageId

# JSON-RPC leaves -32000 and below to servers; MCP claims -32020 and down.
UNAUTHORIZED = -32001

# What was not read yet would otherwise be read to its end, however long that is.
CLOSING: Mapping[str, str] = {"Connection": "close"}
INVALID_TOKEN: Mapping[str, str] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

_INVALID_URL = (
    "This MCP server URL or token is not valid, or not valid any more: it may be mistyped, "
    "expired, rotated or deleted. Ask the person who gave it to you for a new one."
)


_GUARDED = (
    "This MCP server requires an API token besides its URL, and this request has no valid "
    "one. Send it as X-Api-Token, or as Authorization: Bearer if the URL holds the server's "
    "own token."
)


class Refusal(Exception):
    """An HTTP answer instead of a result; its body is a JSON-RPC error."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: int = INVALID_REQUEST,
        request_id: MessageId | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.id = request_id
        self.headers = dict(headers or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer: a refusal is an ASGI app."""
        error = {"code": self.code, "message": self.message}
        body = {"jsonrpc": "2.0", "id": self.id, "error": error}
        await json_response(body, self.status, self.headers)(scope, receive, send)


def unauthorized() -> Refusal:
    """Return the one answer to every token that opens nothing.

    It names no resource metadata: clients would start a login that cannot succeed.
    """
    return Refusal(
        HTTPStatus.UNAUTHORIZED,
        _INVALID_URL,
        code=UNAUTHORIZED,
        headers={**INVALID_TOKEN, **CLOSING},
    )


def api_token_required() -> Refusal:
    """Return the answer of a guarded server to a request without a token that opens it."""
    return Refusal(
        HTTPStatus.UNAUTHORIZED,
        _GUARDED,
        code=UNAUTHORIZED,
        headers={**INVALID_TOKEN, **CLOSING},
    )


def unavailable(reference: str) -> Refusal:
    """Return the answer while the store cannot say whom a token belongs to."""
    return Refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"this server's database does not answer; try again in a moment ({reference})",
        code=INTERNAL_ERROR,
        headers={"Retry-After": "2", **CLOSING},
    )


def limit_reached(error: LimitReached, request_id: MessageId | None = None) -> Refusal:
    """Return the answer to a request beyond a limit of ours that is no tool call."""
    headers = {"Retry-After": str(error.retry_after)}
    return Refusal(error.status, error.message, request_id=request_id, headers=headers)


def method_not_allowed(allowed: str) -> Refusal:
    """Return the answer to a method that a route does not have."""
    return Refusal(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"only {allowed} is allowed here",
        headers={"Allow": allowed, **CLOSING},
    )


def json_response(
    body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a JSON answer."""
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type="application/json")


def plain_error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error outside JSON-RPC: `statusCode`, `error`, `message`."""
    body = {"statusCode": status, "error": reason_phrase(status), "message": message}
    return json_response(body, status, headers)

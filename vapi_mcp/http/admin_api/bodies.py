"""JSON bodies of the admin API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.errors import AdminError
from vapi_mcp.http.bodies import read_json_body
from vapi_mcp.http.errors import Refusal

_MOST_BYTES = 64 * 1024


async def read_object(request: Request, seconds: float) -> Mapping[str, Any]:
    """Return the JSON object that is a request's body.

    Raises:
        AdminError: Its type is not JSON (415), it exceeds 64 kB (413), does not arrive in time
            (408), or is no JSON object (400).
        ClientDisconnect: The client left.
    """
    scope, receive = request.scope, request.receive
    try:
        body = await read_json_body(scope, receive, limit=_MOST_BYTES, seconds=seconds)
    except Refusal as refusal:
        raise AdminError(refusal.message, status=refusal.status) from None
    return _parsed(body)


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        # Strict: no NaN, no lone surrogates, no bad UTF-8.
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        # Not the parser's own words: they quote what may be a secret.
        raise failed("", "the body is not valid JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise failed("", "the body must be a JSON object")
    return value

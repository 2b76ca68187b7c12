"""JSON bodies of the admin API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request

from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.errors import AdminError

_MOST_BYTES = 64 * 1024


async def read_object(request: Request, seconds: float) -> Mapping[str, Any]:
    """Return the JSON object that is a request's body.

    Raises:
        AdminError: Its type is not JSON (415), it exceeds 64 kB (413), does not arrive in time
            (408), or is no JSON object (400).
        ClientDisconnect: The client left.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise AdminError("Content-Type must be application/json", status=status)
    try:
        async with asyncio.timeout(seconds):
            body = await _read(request)
    except TimeoutError:
        message = f"the request's body did not arrive within {seconds:g} seconds"
        raise AdminError(message, status=HTTPStatus.REQUEST_TIMEOUT) from None
    return _parsed(body)


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            message = f"the request's body exceeds the limit of {_MOST_BYTES} bytes"
            raise AdminError(message, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


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

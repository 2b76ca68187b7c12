"""Bodies of OAuth requests: forms and JSON objects, read within bounds."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qs, unquote_plus

import orjson
from starlette.requests import Request

from vapi_mcp.oauth.errors import OAuthError

_LARGEST = 64 * 1024
_FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request, seconds: float) -> Mapping[str, list[str]]:
    """Return the values of a form, by name.

    Raises:
        OAuthError: `invalid_request`: it is no form, too large or too slow.
    """
    if _kind_of(request) != _FORM:
        words = f"Content-Type must be {_FORM}"
        raise OAuthError("invalid_request", words, status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    body = await _body(request, seconds)
    try:
        return parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise OAuthError("invalid_request", "the body is not a form in UTF-8") from None


async def read_object(request: Request, seconds: float) -> Mapping[str, Any]:
    """Return the JSON object of a body.

    Raises:
        OAuthError: `invalid_client_metadata`: it is none, too large or too slow.
    """
    body = await _body(request, seconds)
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise OAuthError("invalid_client_metadata", "the body must be a JSON object")
    return cast("dict[str, Any]", found)


def value_of(form: Mapping[str, list[str]], name: str) -> str | None:
    """Return the one value of a name; None where it is not there, or empty.

    Raises:
        OAuthError: `invalid_request`: there are several.
    """
    values = form.get(name, [])
    if len(values) > 1:
        raise OAuthError("invalid_request", f"the request has {name} more than once")
    return values[0] or None if values else None


def credentials_of(request: Request, form: Mapping[str, list[str]]) -> tuple[str, str | None]:
    """Return the id of a client and its secret, from the header or the form."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return value_of(form, "client_id") or "", value_of(form, "client_secret")
    try:
        name, _, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthError(
            "invalid_client", "the Authorization header is broken", status=401
        ) from None
    return unquote_plus(name), unquote_plus(secret)


def _kind_of(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request, seconds: float) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _LARGEST:
                    words = f"the body exceeds the limit of {_LARGEST} bytes"
                    raise OAuthError(
                        "invalid_request", words, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                    )
    except TimeoutError:
        words = f"the body did not arrive within {seconds:g} seconds"
        raise OAuthError("invalid_request", words, status=HTTPStatus.REQUEST_TIMEOUT) from None
    return bytes(body)

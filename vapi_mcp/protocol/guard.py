from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from vapi_mcp.access.models import Grant
from vapi_mcp.access.service import AccessService
from vapi_mcp.errors import AccessError
from vapi_mcp.protocol.bodies import read_body
from vapi_mcp.protocol.refusals import CLOSING, Refusal, unauthorized
from vapi_mcp.protocol.strict_json import BadMessage, Message, parse_message


class Guard:
    """What stands before every MCP message: the token first, then the body.

    max_bytes bounds a body, seconds its arrival.
    """

    def __init__(self, access: AccessService, *, max_bytes: int, seconds: float) -> None:
        self._access = access
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def admit(self, scope: Scope) -> Grant:
        """Resolve the request's token and keep its grant in `scope["state"]["grant"]`.

        Raises:
            Refusal: The token opens nothing (401).
        """
        try:
            grant = await self._access.resolve(token_of(scope))
        except AccessError:
            raise unauthorized() from None
        scope.setdefault("state", {})["grant"] = grant
        return grant

    async def read(self, scope: Scope, receive: Receive) -> tuple[bytes, Message]:
        """Return the body and the one message in it.

        Raises:
            Refusal: The body is not JSON, too large, too slow, or no JSON-RPC message.
            ClientDisconnect: The client left.
        """
        _check_content_type(Headers(scope=scope).get("content-type", ""))
        body = await read_body(scope, receive, limit=self._max_bytes, seconds=self._seconds)
        try:
            return body, parse_message(body)
        except BadMessage as bad:
            raise Refusal(
                HTTPStatus.BAD_REQUEST, bad.message, code=bad.code, request_id=bad.id
            ) from None


def token_of(scope: Scope) -> str:
    """Return the server token of a request: from its path, else as a bearer; empty if none."""
    in_path: str | None = scope["path_params"].get("token")
    if in_path is not None:
        return in_path
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_content_type(value: str) -> None:
    if value.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Content-Type must be application/json",
            headers=CLOSING,
        )

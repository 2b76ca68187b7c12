from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from starlette.datastructures import Headers, QueryParams
from starlette.types import Receive, Scope

from vapi_mcp.access.models import Grant
from vapi_mcp.access.service import AccessService
from vapi_mcp.errors import AccessError
from vapi_mcp.protocol.bodies import read_body
from vapi_mcp.protocol.refusals import CLOSING, Refusal, unauthorized
from vapi_mcp.protocol.strict_json import BadMessage, Message, parse_message
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope as ToolScope
from vapi_mcp.registry.scope import scope_of


class Guard:
    """What stands before every MCP message: the token first, then the body.

    max_bytes bounds a body, seconds its arrival.
    """

    def __init__(
        self, access: AccessService, registry: Registry, *, max_bytes: int, seconds: float
    ) -> None:
        self._access = access
        self._registry = registry
        self._max_bytes = max_bytes
        self._seconds = seconds

    async def admit(self, scope: Scope) -> Grant:
        """Resolve the request's token and keep its grant in `scope["state"]["grant"]`.

        A query string (`?methods=read&tags=calls`) narrows the grant, and never widens it.

        Raises:
            Refusal: The token opens nothing (401), or the query leaves nothing of it (400).
        """
        try:
            grant = await self._access.resolve(token_of(scope))
        except AccessError:
            raise unauthorized() from None
        if scope["query_string"]:
            grant = replace(grant, narrowing=narrowing_of(scope))
            if not self._registry.in_scope(grant.scope):
                raise Refusal(
                    HTTPStatus.BAD_REQUEST,
                    "the query string of this URL leaves no tool of this server; "
                    "methods, tags, tools and exclude_tools only narrow it",
                    headers=CLOSING,
                )
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


def narrowing_of(scope: Scope) -> ToolScope:
    """Return the scope a request's query string stands for; other parameters do not matter."""
    given = QueryParams(scope["query_string"])
    words = {
        name: [word for value in given.getlist(name) for word in value.split(",")]
        for name in ("methods", "tags", "tools", "exclude_tools")
    }
    return scope_of(**words)


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

"""`GET /tools`: the tools of a scope, without a key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.http.errors import Refusal, json_response, plain_error
from vapi_mcp.http.mcp.guard import narrowing_of
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import check_scope


def tools_preview(registry: Registry) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of `GET /tools`: which tools a scope would expose, without any key.

    The query is that of an MCP URL. Answers `{result, result_count}`, 400 for a scope that
    matches nothing or names what does not exist.
    """
    specs = [tool.spec for tool in registry.tools.values()]

    async def serve(request: Request) -> Response:
        try:
            scope = narrowing_of(request.scope)
            check_scope(scope, specs)
        except (Refusal, ConfigurationError) as error:
            return plain_error(HTTPStatus.BAD_REQUEST, str(error))
        found = [tool.summary() for tool in registry.in_scope(scope)]
        return json_response({"result": found, "result_count": len(found)})

    return serve

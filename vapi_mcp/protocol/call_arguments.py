"""Arguments of a tool call that came as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from vapi_mcp.protocol.json_rpc import bounded_integer
from vapi_mcp.registry.json_size import excess_of

# Numbers that JSON cannot carry on stay what they are: the check of arguments names their places.
_READER = json.JSONDecoder(parse_int=bounded_integer)


async def read_arguments(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Read `arguments` as JSON where a client sent text; refuse what is no object.

    Raises:
        MCPError: They are neither an object nor the text of one.
    """
    if ctx.method != "tools/call" or not isinstance(ctx.params, Mapping):
        return await call_next(ctx)
    given = ctx.params.get("arguments")
    if given is None or isinstance(given, dict):
        return await call_next(ctx)
    return await call_next(replace(ctx, params={**ctx.params, "arguments": _read(given)}))


def _read(given: Any) -> dict[str, Any]:
    if isinstance(given, str) and (too_much := excess_of(given.encode(errors="replace"))):
        raise MCPError(code=INVALID_PARAMS, message=f"`arguments` {too_much}. Nothing was sent.")
    try:
        value = _READER.decode(given) if isinstance(given, str) else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise MCPError(
            code=INVALID_PARAMS,
            message='`arguments` must be an object, as in {"limit": 5}. Nothing was sent.',
        )
    return cast("dict[str, Any]", value)

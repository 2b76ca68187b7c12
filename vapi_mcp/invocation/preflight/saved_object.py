"""The object that an update changes, as it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ToolError, UpstreamFailed
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.failures.upstream_errors import failure
from vapi_mcp.invocation.json_reading import ReadJson, read_json
from vapi_mcp.invocation.messages import USUAL_DEADLINE, UpstreamRequest
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.request import path_of
from vapi_mcp.registry.tool import Tool

_PATIENCE = 3.0
_REPLACING = 'pass nested: "replace" to send your values without reading it'


async def read_saved(
    tool: Tool,
    checked: Checked,
    upstream: Upstream,
    account: Account,
    *,
    deadline: float = USUAL_DEADLINE,
    instead: str = _REPLACING,
) -> ReadJson:
    """Read the object, for an update that cannot be sent without it.

    instead: how to send the update without reading it.

    Raises:
        ToolError: It could not be read, so nothing was changed.
    """
    request = UpstreamRequest("GET", path_of(tool, checked.path), deadline=deadline)
    try:
        response = await upstream.send(request, account)
    except UpstreamFailed as error:
        hint = (
            "The saved object could not be read before the update, so nothing was changed. Try "
            f"again, or {instead}."
        )
        raise error.with_extra({**error.extra, "hint": hint}) from error
    if response.status != HTTPStatus.OK:
        raise failure(tool, response, account)
    saved = _json(response.body)
    if not isinstance(saved.value, dict):
        raise UpstreamFailed(
            "The saved object could not be read before the update: Vapi answered something "
            "else. Nothing was changed.",
            status=502,
        )
    return saved


async def read_if_possible(
    tool: Tool, checked: Checked, upstream: Upstream, account: Account
) -> Mapping[str, Any] | None:
    """Read the object for what would be good to know of it."""
    try:
        return (await read_saved(tool, checked, upstream, account)).value
    except UpstreamFailed:
        return None


async def read_before(
    tool: Tool, checked: Checked, upstream: Upstream, account: Account
) -> Mapping[str, Any] | None:
    """Read the object to tell later what changed: with little patience, None if that fails."""
    with suppress(ToolError, TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            return (await read_saved(tool, checked, upstream, account, deadline=_PATIENCE)).value
    return None


def _json(body: bytes) -> ReadJson:
    try:
        return read_json(body)
    except ValueError:
        return ReadJson(None, body)

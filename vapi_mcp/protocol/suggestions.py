"""Completions of ids and names, from the first items of a list tool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from mcp.server import ServerRequestContext
from mcp_types import Completion

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError, UnknownTool
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.protocol.audit_middleware import record_of
from vapi_mcp.registry.registry import Registry

# As many as one answer of the protocol may hold.
_MOST = 100

NOTHING = Completion(values=[])


class Suggestions:
    """Reads a list through the same pipeline, scope and limits as a tool call does."""

    def __init__(self, registry: Registry, invoker: Invoker, limits: Limits) -> None:
        self._registry = registry
        self._invoker = invoker
        self._limits = limits

    async def complete(
        self,
        ctx: ServerRequestContext[Any, Any],
        tool_name: str,
        keys: Sequence[str],
        typed: str,
        grant: Grant,
    ) -> Completion:
        """Return a value of each item that fits: of the first of its keys that does.

        An id fits from its beginning, anything else anywhere in it. Whatever goes wrong, and a
        list out of scope, is nothing to suggest.
        """
        try:
            tool = self._registry.find(tool_name, grant.scope)
            asked = {"limit": _MOST, "fields": list(keys)}
            async with self._limits.calling(grant.server.id):
                record = record_of(ctx)
                record.tool, record.arguments = tool, asked
                outcome = await self._invoker.invoke(tool, asked, grant)
            record.outcome = outcome
            page = orjson.loads(outcome.result.text)
        except (UnknownTool, ToolError):
            return NOTHING
        values = list(dict.fromkeys(_fitting(page["result"], keys, typed.strip().casefold())))
        return Completion(values=values[:_MOST], has_more=page["next_cursor"] is not None)


def _fitting(items: Iterable[Mapping[str, Any]], keys: Sequence[str], typed: str) -> Iterable[str]:
    for item in items:
        for key in keys:
            value = item.get(key)
            if isinstance(value, str) and _fits(key, value.casefold(), typed):
                yield value
                break


def _fits(key: str, value: str, typed: str) -> bool:
    return value.startswith(typed) if key == "id" else typed in value

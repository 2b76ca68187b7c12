"""The reader of changes for clients: those of their own server, within its scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ConfigurationError, StoreError, ToolError, UnknownTool
from vapi_mcp.invocation.answers.budget import compact, fits
from vapi_mcp.invocation.answers.untrusted_text import untrusted_note, untrusted_paths
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.undo.change import ObjectChange, OpenChanges
from vapi_mcp.invocation.writes.undo.shown import shown_head, shown_states
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

_UNSEEN = "The values are not shown: no tool of this server reads such an object."
_LARGE = "The objects are too large to be shown whole; the diff has what changed."
_FEW = 20


class ChangeReader:
    """Reads changes as a client of a server may see them."""

    def __init__(self, open_changes: OpenChanges, registry: Registry) -> None:
        self._open = open_changes
        self._registry = registry

    async def read(self, change_id: str, grant: Grant) -> ToolResult:
        """Return a change with its objects, or as much of it as an answer may have.

        Raises:
            UnknownTool: There is none that this grant may see.
            ToolError: The store failed.
        """
        change = await self.find(change_id, grant)
        tool = self._registry.tools[change.tool]
        for result in self._results(change, tool, grant):
            if fits(result.text, result.notes, grant.server.config.max_result_tokens):
                return result
        return ToolResult(compact(shown_head(change)), (_LARGE,))

    async def find(self, change_id: str, grant: Grant) -> ObjectChange:
        """Return a change of this server by a tool in scope.

        Raises:
            UnknownTool: There is none that this grant may see.
            ToolError: The store failed.
        """
        change = await self._found(change_id)
        tool = self._registry.tools.get(change.tool) if change else None
        if change is None or tool is None or not _is_visible(change, tool, grant):
            raise UnknownTool(change_id)
        return change

    async def _found(self, change_id: str) -> ObjectChange | None:
        try:
            return await (await self._open()).find_change(change_id)
        except (StoreError, ConfigurationError) as error:
            raise ToolError(f"The change cannot be read: {error}.", status=503) from error

    def _results(self, change: ObjectChange, tool: Tool, grant: Grant) -> Iterator[ToolResult]:
        """Yield answers, from the whole one to smaller ones."""
        head, reader = shown_head(change), tool.spec.reader
        if reader is None or reader not in grant.scope:
            yield ToolResult(compact(head), (_UNSEEN,))
            return
        states = shown_states(change, self._registry)
        notes = _notes(states, tool)
        yield ToolResult(compact({**head, **states}), notes)
        for most in (None, _FEW):
            yield ToolResult(compact({**head, "diff": states["diff"][:most]}), (*notes, _LARGE))


def _is_visible(change: ObjectChange, tool: Tool, grant: Grant) -> bool:
    is_own = (change.account_id, change.server_id) == (grant.account.id, grant.server.id)
    # What changed before the server did may be of what it was kept to then.
    is_current = grant.only is None or change.created_at >= grant.server.updated_at
    return is_own and is_current and tool.spec in grant.scope


def _notes(states: dict[str, Any], tool: Tool) -> tuple[str, ...]:
    kept = [state for state in (states["before"], states["after"]) if state is not None]
    holds = untrusted_paths(kept, tool.spec.contents.untrusted)
    note = untrusted_note(["diff", "before", "after"] if holds else [])
    return (note,) if note else ()

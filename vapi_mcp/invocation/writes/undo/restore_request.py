"""The restore that a client asks for: of a change by its own server, within its scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError, UnknownTool, WriteHeld
from vapi_mcp.invocation.answers.budget import compact
from vapi_mcp.invocation.caller import NOBODY, Caller
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.undo.change import ObjectChange
from vapi_mcp.invocation.writes.undo.reader import ChangeReader
from vapi_mcp.invocation.writes.undo.restorer import Restored, Restorer


class RestoreRequests:
    """Takes changes back for clients; policy and confirmation of their server hold."""

    def __init__(self, reader: ChangeReader, restorer: Restorer) -> None:
        self._reader = reader
        self._restorer = restorer

    async def run(
        self,
        change_id: str,
        grant: Grant,
        caller: Caller = NOBODY,
        *,
        force: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> Outcome:
        """Return the outcome of a restore: its answer, or the question that comes before.

        options: of the call, such as `dry_run` and `confirmation_code`.

        Raises:
            ToolError: There is no such change here, or it cannot be taken back.
        """
        change = await self._found(change_id, grant)
        restored = await self._restorer.restore(change, grant, caller, force=force, options=options)
        return _answered(change, restored)

    async def _found(self, change_id: str, grant: Grant) -> ObjectChange:
        try:
            return await self._reader.find(change_id, grant)
        except UnknownTool:
            raise WriteHeld(
                "There is no such change of this server, or its time is over. The note under an "
                "update or a deletion names it; changes of other servers are restored by an "
                "administrator. Nothing was sent.",
                status=HTTPStatus.NOT_FOUND,
            ) from None


def _answered(change: ObjectChange, restored: Restored) -> Outcome:
    outcome = restored.outcome
    if restored.object_id is None or isinstance(outcome.end, ToolError):
        return outcome
    answer = {
        "restored": change.id,
        "id": restored.object_id,
        "change": outcome.change_id,
        "referrers": [{"kind": each.kind, "id": each.id} for each in restored.referrers],
    }
    notes = list(outcome.result.notes)
    if change.effect == "delete":
        notes.insert(0, _new_id(change, restored))
    ids = (restored.object_id,)
    return replace(outcome, end=ToolResult(compact(answer), tuple(notes), upstream_ids=ids))


def _new_id(change: ObjectChange, restored: Restored) -> str:
    told = f"The object has a new id: {restored.object_id} instead of {change.object_id}."
    return f"{told} The referrers still name the old one." if restored.referrers else told

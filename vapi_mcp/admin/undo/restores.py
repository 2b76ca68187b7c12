"""Restores by an administrator: what a tool changed at Vapi is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.records import Account, ApiToken, Grant, Server, Upstreams
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.ports import Store
from vapi_mcp.errors import (
    AdminError,
    NeedsForce,
    RestoreNeedsForce,
    ToolError,
    UpstreamFailed,
    UpstreamRejected,
)
from vapi_mcp.invocation.writes.undo.change import ObjectChange
from vapi_mcp.invocation.writes.undo.referrers import Referrer
from vapi_mcp.invocation.writes.undo.restorer import Restored, Restorer

_DONE = frozenset({"sent", "replayed", "unknown"})


class Restores:
    """Takes changes back that an administrator sees.

    open_restorer: returns what takes changes back; it is made when it is first needed.
    """

    def __init__(
        self,
        store: Store,
        changes: ChangeLog,
        upstreams: Upstreams,
        open_restorer: Callable[[], Restorer],
    ) -> None:
        self._store = store
        self._changes = changes
        self._upstreams = upstreams
        self._open_restorer = open_restorer

    async def restore(
        self,
        actor: ApiToken,
        change: ObjectChange,
        *,
        force: bool,
        local: Callable[[], Account] | None = None,
    ) -> dict[str, Any]:
        """Take a change back, and return what came of it.

        Raises:
            AdminError: 404, 409 or 502: it cannot be taken back.
        """
        grant = await self._grant(actor, change, local)
        try:
            restored = await self._open_restorer().restore(change, grant, force=force)
            await self._record(actor, change, restored, force=force)
            answer = restored.outcome.result
        except ToolError as error:
            raise _refusal(error) from error
        return {
            "id": change.id,
            "upstream_id": restored.object_id,
            "change_id": restored.outcome.change_id,
            "referrers": [{"kind": each.kind, "id": each.id} for each in restored.referrers],
            "notes": list(answer.notes),
        }

    async def referrers(self, actor: ApiToken, change: ObjectChange) -> tuple[Referrer, ...]:
        """Return who names the object of a deletion, as far as lists tell.

        Raises:
            AdminError: 404, its account is not here.
        """
        grant = await self._grant(actor, change, None)
        return await self._open_restorer().referrers(change, grant)

    async def _grant(
        self, actor: ApiToken, change: ObjectChange, local: Callable[[], Account] | None
    ) -> Grant:
        account = await self._account(actor, change, local)
        return Grant(account, await self._server(change))

    async def _record(
        self, actor: ApiToken, change: ObjectChange, restored: Restored, *, force: bool
    ) -> None:
        if restored.outcome.kind in _DONE:
            await self._changes.record(
                actor,
                "change.restored",
                {"id": change.id, "force": force},
                tenant_id=change.tenant_id,
                account_id=change.account_id,
                server_id=change.server_id,
                change_id=restored.outcome.change_id,
            )

    async def _account(
        self, actor: ApiToken, change: ObjectChange, local: Callable[[], Account] | None
    ) -> Account:
        kept = await self._store.get_account(change.account_id, tenant_id=actor.tenant_id)
        if kept is not None:
            return self._upstreams.located(kept)
        if local is not None and (account := local()).id == change.account_id:
            return account
        raise AdminError(
            "the account of this change is not here; a change over stdio is restored by `vapi-mcp "
            "changes restore` where VAPI_API_KEY is set to the key that it was made with",
            status=HTTPStatus.NOT_FOUND,
        )

    async def _server(self, change: ObjectChange) -> Server:
        """Return the server of a change as an administrator uses it; it may be gone."""
        kept = await self._store.get_server(change.account_id, change.server_id)
        server = kept or Server(change.server_id, "restore", change.account_id)
        everything: tuple[str, ...] = ()
        config = replace(
            server.config,
            methods=everything,
            tags=everything,
            tools=everything,
            exclude_tools=everything,
            confirm="none",
        )
        return replace(server, config=config)


def _refusal(error: ToolError) -> AdminError:
    if isinstance(error, NeedsForce):
        return RestoreNeedsForce(error.message, error.why)
    is_vapi = isinstance(error, UpstreamRejected | UpstreamFailed)
    hint = error.extra.get("hint")
    said = f"{error.message} {hint}" if isinstance(hint, str) else error.message
    return AdminError(said, status=HTTPStatus.BAD_GATEWAY if is_vapi else HTTPStatus.CONFLICT)

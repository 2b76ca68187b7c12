"""The tool that takes a change back, for the client whose server made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Protocol

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.caller import Caller
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope

# Of the call that restores: they say how to treat it.
_OPTIONS = ("dry_run", "confirmation_code", "understood")
# What each write that can be taken back says of it.
_BY_ADMIN = "an administrator (vapi-mcp changes restore ID, or the console)"


class Restores(Protocol):
    """What takes changes back for a client."""

    async def run(
        self,
        change_id: str,
        grant: Grant,
        caller: Caller,
        *,
        force: bool,
        options: Mapping[str, Any],
    ) -> Outcome:
        """Return the outcome of a restore; raises a ToolError where nothing is sent."""
        ...


async def restored(restores: Restores | None, call: Call, checked: Checked) -> Outcome:
    """Return the outcome of a call that takes a change back.

    Raises:
        ToolError: There is no such change here, or it cannot be taken back.
    """
    if restores is None:
        raise WriteHeld(
            "This server keeps no changes, so none can be taken back. Nothing was sent.",
            status=HTTPStatus.CONFLICT,
        )
    options = {name: checked.control[name] for name in _OPTIONS if name in checked.control}
    force = bool(checked.query.get("force"))
    id_ = checked.path["id"]
    outcome = await restores.run(id_, call.grant, call.caller, force=force, options=options)
    return replace(outcome, tool=call.tool, arguments=call.arguments)


def restored_by(registry: Registry, scope: Scope) -> str:
    """Return what takes a change back: the tool, where a client has it, else an administrator."""
    names = (
        t.name for t in registry.in_scope(scope) if t.spec.own and t.spec.own.kind == "restore"
    )
    return next(names, _BY_ADMIN)

"""The saved schedule of a campaign: one that is sent back unchanged is no new one."""

from __future__ import annotations

from dataclasses import replace

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.preflight.saved_object import read_if_possible
from vapi_mcp.invocation.writes.schedule import plan_of
from vapi_mcp.registry.tool import Tool


async def with_saved_plan(
    tool: Tool, checked: Checked, upstream: Upstream, account: Account
) -> Checked:
    """Read what an update with a schedule changes, unless it was read already.

    Where it cannot be read, the schedule counts as a new one.
    """
    is_known = checked.saved is not None
    if is_known or not tool.spec.schedule or not plan_of(checked.body or {}):
        return checked
    return replace(checked, saved=await read_if_possible(tool, checked, upstream, account))

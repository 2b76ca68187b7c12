"""What Vapi requires in an update and the caller left out: the saved values are sent back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.preflight.nested_update import is_altered
from vapi_mcp.invocation.preflight.saved_object import read_saved
from vapi_mcp.registry.arguments import is_kept
from vapi_mcp.registry.tool import Tool


async def with_kept_parts(
    tool: Tool, checked: Checked, upstream: Upstream, account: Account
) -> Checked:
    """Return an update with what Vapi requires; the object is read unless it was read already.

    Raises:
        InvalidArguments: The saved value is missing or cannot be sent back as it is.
        ToolError: The saved object could not be read, so nothing was changed.
    """
    body = dict(checked.body or {})
    arguments = (each for each in tool.arguments.values() if is_kept(tool.spec, each))
    names = [each.upstream for each in arguments if each.upstream not in body]
    if not names:
        return checked
    told = " and ".join(names)
    if checked.saved is None:
        instead = f"send {told} too"
        read = await read_saved(tool, checked, upstream, account, instead=instead)
        lost = {path[0] for paths in read.replaced.values() for path in paths}
        checked = replace(checked, saved={k: v for k, v in read.value.items() if k not in lost})
    saved = checked.saved or {}
    body |= {name: _sendable(tool, name, saved.get(name)) for name in names}
    note = f"{told}: left out, so sent back as saved."
    return replace(checked, body=body, notes=(*checked.notes, note))


def _sendable(tool: Tool, name: str, value: Any) -> Any:
    if value is None or is_altered(value):
        raise InvalidArguments(
            f"{tool.name}: {name} is required, and the saved value cannot be sent back. Send "
            f"{name} too. Nothing was changed."
        )
    return value

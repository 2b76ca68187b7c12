"""What is looked up at Vapi before a write is sent, so that it cannot go wrong in known ways."""

from __future__ import annotations

from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.own.running_call import control_checked
from vapi_mcp.invocation.preflight.caller_number import check_line
from vapi_mcp.invocation.preflight.handovers import note_dangling
from vapi_mcp.invocation.preflight.kept_parts import with_kept_parts
from vapi_mcp.invocation.preflight.nested_update import settle_nested
from vapi_mcp.invocation.preflight.saved_languages import without_saved_languages
from vapi_mcp.invocation.preflight.saved_plan import with_saved_plan
from vapi_mcp.specs.facts.facts import Facts


async def preflight(call: Call, checked: Checked, facts: Facts) -> Checked:
    """Return the arguments of a write as they are to be sent.

    At most one object is read, and the members of a squad that hands over to an unseen name.

    Raises:
        InvalidArguments: It would lose what was not meant to go, or cannot succeed.
        ToolError: What had to be read first was not.
    """
    tool, upstream, account = call.tool, call.upstream, call.account
    match tool.spec.effect:
        case "update":
            checked = await settle_nested(tool, checked, upstream, account, facts)
            checked = without_saved_languages(checked)
            checked = await with_kept_parts(tool, checked, upstream, account)
            checked = await with_saved_plan(tool, checked, upstream, account)
        case "act" if tool.spec.own:
            return await control_checked(call, checked)
        case "act":
            checked = await check_line(tool, checked, upstream, account)
        case _:
            pass
    return await note_dangling(tool, checked, upstream, account)

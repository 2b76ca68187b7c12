"""The variables that an assistant shows and has no value for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from vapi_mcp.invocation.writes.previews.wording import one_line, part
from vapi_mcp.invocation.writes.variables.prompts import prompts_of, without_value
from vapi_mcp.registry.tool import Tool

VARIABLES = "variables"
_MOST_NAMED = 12
_OF_ASSISTANTS = ("voice", "transcriber", "firstMessage", "voicemailMessage", "endCallMessage")
_OF_MODELS = ("messages", "systemPrompt")


def variables_of(item: Mapping[str, Any]) -> list[str] | None:
    """Return the names of variables that need a value; None of anything but an assistant."""
    model = part(item.get("model"))
    is_assistant = any(name in item for name in _OF_ASSISTANTS)
    if not is_assistant and not any(name in model for name in _OF_MODELS):
        return None
    return without_value(prompts_of(item))


def with_variables(tool: Tool, item: Any, shown: Any) -> Any:
    """Return what a list shows of an item, with the variables that a call has to give values for.

    Those of an item with none are left out.
    """
    if tool.spec.resource != "assistants" or not isinstance(item, Mapping):
        return shown
    names = variables_of(cast("Mapping[str, Any]", item))
    return {**shown, VARIABLES: names} if names else shown


def changed_variables_note(
    tool: Tool, assistant: Mapping[str, Any], changed: Iterable[str]
) -> str | None:
    """Return the same of an assistant that was updated, where what it says changed."""
    is_said = not {*changed}.isdisjoint((*_OF_ASSISTANTS, "model", "variableValues"))
    return variables_note(tool, assistant) if is_said else None


def variables_note(tool: Tool, assistant: Any) -> str | None:
    """Return which variables of an assistant a call has to give a value."""
    if tool.spec.resource != "assistants" or tool.spec.effect == "delete":
        return None
    if not isinstance(assistant, Mapping):
        return None
    names = variables_of(assistant) or []
    if not names:
        return None
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    shown = ", ".join(one_line(name) for name in names[:_MOST_NAMED])
    return f"variables without a value: {shown}{more}; a call gives them in variableValues."

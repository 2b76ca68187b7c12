"""The assistant that speaks in a call, chat or session, and its words."""

from __future__ import annotations

import re
from typing import Any

from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

_VARIABLE = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")


def speaking_assistant(sandbox: Sandbox, holder: JsonObject) -> JsonObject | None:
    """Return the assistant of a call, chat, session or run target, overrides applied.

    A squad speaks with its first member. None means that a saved one no longer exists.
    """
    found: JsonObject | None = holder.get("assistant")
    if holder.get("assistantId"):
        found = sandbox.find("assistant", holder["assistantId"])
    squad = holder.get("squad") or sandbox.find("squad", holder.get("squadId"))
    if found is None and squad:
        found = _first_member(sandbox, squad)
    if found is None and holder.get("workflow"):
        found = {"name": holder["workflow"].get("name") or "Workflow"}
    if found is None:
        return None
    overrides = holder.get("assistantOverrides") or holder.get("squadOverrides") or {}
    changes = {name: value for name, value in overrides.items() if value is not None}
    return {**found, **changes}


def _first_member(sandbox: Sandbox, squad: JsonObject) -> JsonObject | None:
    member: JsonObject = (squad.get("members") or [{}])[0]
    found = member.get("assistant") or sandbox.find("assistant", member.get("assistantId"))
    general, own = squad.get("membersOverrides") or {}, member.get("assistantOverrides") or {}
    return {**found, **general, **own} if found else None


def variables_of(assistant: JsonObject, customer: JsonObject | None = None) -> JsonObject:
    """Return the values that stand behind `{{name}}` in an assistant's texts."""
    values: JsonObject = dict(assistant.get("variableValues") or {})
    for name, value in (customer or {}).items():
        values.setdefault(f"customer.{name}", value)
    if customer and customer.get("name"):
        values.setdefault("name", customer["name"])
    return values


def filled(text: str, variables: JsonObject) -> str:
    """Put values in the place of `{{name}}`; unknown names become nothing, as in Liquid."""
    return _VARIABLE.sub(lambda match: str(variables.get(match[1], "")), text)


def prompt_of(assistant: JsonObject) -> str:
    """Return the system prompt, or an empty text."""
    messages: list[Any] = (assistant.get("model") or {}).get("messages") or []
    texts = [m.get("content") or "" for m in messages if m.get("role") == "system"]
    return "\n".join(texts)


def greeting_of(assistant: JsonObject, variables: JsonObject) -> str:
    """Return what the assistant says first."""
    name = assistant.get("name")
    fallback = f"Hello, this is {name}. How can I help you?" if name else "Hello, how can I help?"
    return filled(assistant.get("firstMessage") or fallback, variables)

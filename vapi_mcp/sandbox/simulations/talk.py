"""The conversation of a simulation: a scripted caller, an assistant, and the checks afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vapi_mcp.sandbox.resources.assistants import greeting_of, variables_of
from vapi_mcp.sandbox.resources.extraction import extract
from vapi_mcp.sandbox.resources.knowledge_bases import known_to
from vapi_mcp.sandbox.resources.replies import KNOWN, reply
from vapi_mcp.sandbox.resources.scorecards import COMPARATORS
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.sandbox import Sandbox

_MOST_TURNS = 8
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_SPEAKERS: Mapping[str, str] = {"assistant": "AI", "user": "User"}


def talk(sandbox: Sandbox, assistant: JsonObject, scenario: JsonObject) -> list[JsonObject]:
    """Return the messages: the caller says the instructions, a sentence a turn."""
    variables, known = variables_of(assistant), known_to(sandbox, assistant)
    said = [_message("assistant", greeting_of(assistant, variables))]
    lines = [line.strip() for line in _SENTENCE.split(scenario["instructions"]) if line.strip()]
    for line in lines[:_MOST_TURNS]:
        said.append(_message("user", line))
        said.append(_message("assistant", reply(assistant, line, variables, known)))
    return said


def transcript_of(messages: list[JsonObject]) -> str:
    """Return a conversation as text, a line a turn."""
    return "\n".join(f"{_SPEAKERS[each['role']]}: {each['content']}" for each in messages)


def judged(
    sandbox: Sandbox, scenario: JsonObject, messages: list[JsonObject], item_id: str
) -> JsonObject:
    """Return the results of a conversation: every check, and whether all required ones passed.

    A yes-or-no output is true where the assistant knew an answer to something the caller said.
    """
    call = _as_call(messages, item_id)
    found = [_check(sandbox, each, call) for each in scenario["evaluations"]]
    passed = all(each["passed"] for each in found if each["required"])
    return {"evaluations": found, "passed": passed}


def _as_call(messages: list[JsonObject], item_id: str) -> JsonObject:
    knows = any(KNOWN in each["content"] for each in messages if each["role"] == "assistant")
    transcript = transcript_of(messages)
    analysis = {
        "successEvaluation": "true" if knows else "false",
        "summary": f"The caller said: {messages[1]['content'] if len(messages) > 1 else ''}",
    }
    return {"id": item_id, "artifact": {"transcript": transcript}, "analysis": analysis}


def _check(sandbox: Sandbox, plan: JsonObject, call: JsonObject) -> JsonObject:
    saved_id = plan.get("structuredOutputId")
    output: JsonObject | None = plan.get("structuredOutput") or sandbox.find(
        "structured-output", saved_id
    )
    result: JsonObject = {
        "structuredOutputId": saved_id or "inline",
        "name": (output or {}).get("name") or "output",
        "extractedValue": None,
        "expectedValue": plan["value"],
        "comparator": plan["comparator"],
        "passed": False,
        "required": plan.get("required") is not False,
    }
    if output is None:
        return {**result, "error": "The structured output does not exist any more."}
    value = _at(extract({"name": result["name"], **output}, call), plan.get("path"))
    return {**result, "extractedValue": value, "passed": _holds(plan, value)}


def _at(value: Any, path: str | None) -> Any:
    for name in path.split(".") if path else ():
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _holds(plan: JsonObject, value: Any) -> bool:
    try:
        return bool(COMPARATORS[plan["comparator"]](value, plan["value"]))
    except TypeError:  # a number is compared with a text
        return False


def _message(role: str, content: str) -> JsonObject:
    return {"role": role, "content": content}

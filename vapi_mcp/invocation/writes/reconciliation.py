"""The call that shows whether a write was done, when it may be made, and what to look for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from vapi_mcp.invocation.result import clipped
from vapi_mcp.invocation.writes.previews.wording import input_text, part
from vapi_mcp.invocation.writes.recipients import customers_in
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.rfc3339 import write_moment

# Clocks differ, and what was sent late may be done later still.
_BEFORE, _AFTER = timedelta(minutes=1), timedelta(minutes=5)
# What Vapi was still at work on when this server gave up is in its lists by then, or never.
_UNTIL_KNOWN = timedelta(seconds=25)
# What tells an object from others that were made at the same time; the lists show it.
_TELLING = (
    *("name", "type", "provider", "number", "sipUri", "description", "purpose", "function.name"),
    *("assistantId", "squadId", "workflowId", "phoneNumberId", "sessionId", "previousChatId"),
    *("evalId", "target.assistantId", "target.squadId", "structuredOutputId"),
)
_SELECTING = ("number", "sipUri", "email", "externalId")
_MOST_PEOPLE = 20
_LONGEST_VALUE = 120


def settling_hint(
    registry: Registry, write: Write, since: datetime, until: datetime
) -> dict[str, object]:
    """Return what an error says of a write between two moments whose answer was lost.

    One rule for all: look first, not before Vapi can know, and only then send it anew.
    """
    moment = _text(until + _UNTIL_KNOWN)
    new = "a new idempotency_key" if write.option("idempotency_key") else "an idempotency_key"
    if write.tool.spec.own and (shown := _of_running_call(write)):
        return {
            "hint": "It may have been done: next_call shows whether the call still runs and what "
            f"was said. Only if it was not done, call again with {new}.",
            "next_call": shown,
        }
    call = _settling_call(registry, write, since, until)
    if call is None:
        return {
            "hint": (
                "No tool of this server shows whether it was done: look in Vapi's dashboard, "
                f"not before {moment}. Only if it was not done, call again with {new}."
            )
        }
    compared = dict(_telling(write))
    if not call["arguments"].keys() & {"createdAtGe", "id"}:
        compared["createdAt"] = f"{_text(since - _BEFORE)} or later"
    return {
        "hint": f"It may have been done. Not before {moment}, make next_call and read all of its "
        "pages: what this call made shows the values of compare. Only if nothing there does, call "
        f"again with {new}.",
        "next_call": {**call, "not_before": moment, **({"compare": compared} if compared else {})},
    }


def _of_running_call(write: Write) -> dict[str, Any] | None:
    """Return the call that reads what was controlled, within scope."""
    shown_by = write.tool.spec.settled_by
    if shown_by is None or shown_by not in write.grant.scope:
        return None
    return {"tool": shown_by.name, "arguments": {"id": write.completed.path["id"]}}


def _settling_call(
    registry: Registry, write: Write, since: datetime, until: datetime
) -> dict[str, Any] | None:
    """Return the tool and arguments that show what a write between two moments made.

    None where no tool in the grant's scope shows it.
    """
    shown_by = write.tool.spec.settled_by
    for tool in registry.in_scope(write.grant.scope):
        if shown_by is None or tool.name != shown_by.name:
            continue
        if tool.spec.output.kind == "list":
            return {"tool": tool.name, "arguments": _filters(tool, write, since, until)}
        if write.body.get("callIds"):
            shown = {"id": write.body["callIds"][0], "fields": ["artifact.structuredOutputs"]}
            return {"tool": tool.name, "arguments": shown}
    return None


def _filters(tool: Tool, write: Write, since: datetime, until: datetime) -> dict[str, Any]:
    """Return what narrows a list down to what the write may have made, and shows what tells it."""
    known = {**_only_person(write), **write.body, **write.completed.query, **write.completed.path}
    same = {
        argument.name: known[argument.upstream]
        for argument in tool.arguments.values()
        if argument.place != "control" and isinstance(known.get(argument.upstream), str)
    }
    dates = {"createdAtGe": _text(since - _BEFORE), "createdAtLe": _text(until + _AFTER)}
    fields = {"fields": ["id", "createdAt", *(path for path, _ in _telling(write))]}
    chosen = same | dates | fields
    return {name: value for name, value in chosen.items() if name in tool.arguments}


def _only_person(write: Write) -> Mapping[str, Any]:
    """Return what selects the customer of a write in a list, if there is only one."""
    people = list(customers_in(write.body))
    return {key: people[0].get(key) for key in _SELECTING} if len(people) == 1 else {}


def _telling(write: Write) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a write that identify what it made, by their paths in a list."""
    for path in _TELLING:
        value: Any = write.body
        for key in path.split("."):
            value = part(value).get(key)
        if isinstance(value, str) and value:
            yield path, clipped(value, _LONGEST_VALUE)
    if (upload := write.request.upload) is not None:
        yield "originalName", clipped(upload.file_name, _LONGEST_VALUE)
        yield "bytes", len(upload.content)
    if text := input_text(write.body.get("input")):
        yield "input", clipped(text, _LONGEST_VALUE)
    shown_by = write.tool.spec.settled_by
    is_shown = shown_by is not None and "customer.number" in shown_by.output.keys
    people = list(customers_in(write.body)) if is_shown else []
    for key in (*_SELECTING, "name"):
        said = [each[key] for each in people[:_MOST_PEOPLE] if isinstance(each.get(key), str)]
        if said:
            yield f"customer.{key}", said[0] if len(said) == 1 else said


def _text(moment: datetime) -> str:
    return write_moment(moment, "seconds")

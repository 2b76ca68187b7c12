"""The details that an error gains for its reader: the next call, and the page that helps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

import orjson

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.errors import (
    InvalidArguments,
    LimitReached,
    ToolError,
    UpstreamFailed,
    UpstreamRejected,
)
from vapi_mcp.invocation.arguments.aliases import under_our_names
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.failures.transport_errors import NeverConnected
from vapi_mcp.invocation.failures.vapi_messages import explained
from vapi_mcp.json_paths import parse_keys, parse_place, resolve, without_positions
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope
from vapi_mcp.registry.tool import Tool
from vapi_mcp.rfc3339 import write_moment
from vapi_mcp.specs.facts.reference import reference_page

# A longer call is not repeated in words; its caller has it.
_LONGEST_CALL = 400
# Clocks differ; and what is looked for is a moment old.
_JUST_NOW = timedelta(minutes=2)
_ID_AT_END = re.compile(r"/\{id\}(/.*)?$")
_READ_THE_PAGE = frozenset({400, 404, 409, 422})
_OF_THE_REQUEST = (InvalidArguments, UpstreamRejected)


@dataclass(frozen=True, slots=True)
class NextCall:
    """A call that an error proposes, by operation; it is named where a tool in scope has it."""

    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


def guided(
    error: ToolError, call: Call, registry: Registry, more: Mapping[str, Any] | None = None
) -> ToolError:
    """Return an error with its details, the call to make next, and the page that describes it.

    more: further details. What the error says already stays; only tools in scope are named.
    """
    tool, extra = call.tool, {**error.extra, **(more or {})}
    with explaining("the details of a refusal"):
        if isinstance(error, UpstreamRejected):
            given = {**tool.spec.defaults, **under_our_names(tool, call.arguments)}
            details = explained(tool, _complaints(error), given, registry.facts)
            if details:
                extra.setdefault("details", details)
        if path := _undrawn(extra.get("details", ())):
            extra["whole_schema"] = f"vapi://schema/{tool.name}?path={quote(path)}"
    with explaining("the examples of a refused argument"):
        if examples := _examples(tool, call, extra.get("details", ())):
            extra["examples"] = examples
    wanted = extra.pop("next_call", None)
    with explaining("the next call"):
        arguments = under_our_names(tool, call.arguments)
        wanted = wanted or _next_call(error, tool, arguments)
        scope = call.grant.scope
        named = _named(wanted, registry, scope) if isinstance(wanted, NextCall) else wanted
        if named:
            extra["next_call"] = named
    with explaining("the page to read"):
        of_request = error.status in _READ_THE_PAGE and isinstance(error, _OF_THE_REQUEST)
        if of_request and (page := _page(tool, registry)):
            extra["documentation"] = page
    return error.with_extra(extra)


def _page(tool: Tool, registry: Registry) -> str | None:
    """Return the page of Vapi's reference; of a tool of ours, that of the operation it reads."""
    own = tool.spec.own
    if own is None:
        return reference_page(tool.operation, tool.spec.page)
    readers = (each for each in registry.tools.values() if each.spec.operation == own.reads)
    reader = next(readers, None)
    return reference_page(reader.operation, reader.spec.page) if reader else None


def _undrawn(details: Iterable[Any]) -> str | None:
    """Return the path of the first part whose schema was too long to be shown."""
    shown = (each.get("schema") for each in details if isinstance(each, dict))
    return next((each["path"] for each in shown if each and "path" in each), None)


def _examples(tool: Tool, call: Call, details: Iterable[Any]) -> list[dict[str, Any]]:
    """Return examples of the first refused argument that is hard to guess."""
    given = under_our_names(tool, call.arguments)
    for each in details:
        path = ".".join(without_positions(parse_place(each.get("argument", ""))))
        for example in tool.spec.examples:
            if example.is_about(path) and example.fits(given):
                return example.pair(resolve(given, parse_keys(example.path)))
    return []


def _complaints(error: ToolError) -> list[Any]:
    said = error.extra.get("raw_response")
    if isinstance(said, dict):
        message = cast("dict[str, Any]", said).get("message")
        return cast("list[Any]", message) if isinstance(message, list) else [message]
    return error.message.removeprefix("Vapi says: ").split("; ")


def _next_call(
    error: ToolError, tool: Tool, arguments: Mapping[str, Any]
) -> NextCall | dict[str, Any] | None:
    match error:
        case InvalidArguments():
            names = {each.get("argument") for each in error.extra.get("details", ())}
            return _listing(tool, arguments) if "id" in names else None
        case UpstreamRejected(status=HTTPStatus.NOT_FOUND) if "{id}" in tool.operation.path:
            return _listing(tool, arguments)
        case (
            UpstreamRejected(status=HTTPStatus.TOO_MANY_REQUESTS)
            | LimitReached()
            | NeverConnected()
        ):
            return _same(tool, arguments)
        case UpstreamFailed():
            is_read = tool.spec.effect == "read"
            return _same(tool, arguments) if is_read else _outcome(tool, arguments)
        case _:
            return None


def _listing(tool: Tool, arguments: Mapping[str, Any]) -> NextCall:
    """Return the call that lists what a tool takes the id of."""
    path = _ID_AT_END.sub("", tool.operation.path)
    places = [a for a in tool.arguments.values() if a.place == "path" and a.name != "id"]
    return NextCall(f"GET {path}", {a.name: arguments.get(a.name) for a in places})


def _same(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    call = {"tool": tool.name, "arguments": arguments}
    return call if len(orjson.dumps(call)) <= _LONGEST_CALL else None


def _outcome(tool: Tool, arguments: Mapping[str, Any]) -> NextCall | None:
    """Return the call that shows whether a write was done of which nothing is known."""
    if tool.spec.effect in ("update", "delete"):
        named = {a.name: arguments[a.name] for a in tool.arguments.values() if a.place == "path"}
        return NextCall(f"GET {tool.operation.path}", named)
    shown_by = tool.spec.settled_by
    if shown_by is None or shown_by.output.kind != "list":
        return None
    since = write_moment(utc_now() - _JUST_NOW, "seconds")
    known = _listing(tool, arguments).arguments
    return NextCall(shown_by.operation, {**known, "createdAtGe": since})


def _named(wanted: NextCall, registry: Registry, scope: Scope) -> dict[str, Any] | None:
    for tool in registry.in_scope(scope):
        if tool.operation.key == wanted.operation:
            known = {k: v for k, v in wanted.arguments.items() if k in tool.arguments}
            return {"tool": tool.name, "arguments": known}
    return None

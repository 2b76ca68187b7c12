"""All tools, and a page to try each of them."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.responses import Response

from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.tool_runs import ToolRun, run_tool
from vapi_mcp.console.tools.form import ARGUMENTS, arguments_in, fields_of, parsed, pretty
from vapi_mcp.console.tools.targets import grant_of_target, targets
from vapi_mcp.errors import AdminError, UnknownTool
from vapi_mcp.invocation.answers.tokens import estimate_from_sample
from vapi_mcp.registry.scope import FULL
from vapi_mcp.registry.tool import Tool

_READ_ONLY = "Your API token may only read, so it cannot run a tool that writes."
_TRY_FIRST = "Send a dry run with these arguments first: it shows the request and sends nothing."
_WHAT_IT_DOES = {
    "read": "reads only",
    "create": "creates",
    "update": "changes what is there",
    "delete": "deletes for good",
    "act": "reaches people or costs money",
}


@dataclass(frozen=True, slots=True)
class _Tried:
    """A run of a tool, as its page shows it. mark: of a dry run, what it was tried with."""

    run: ToolRun | None = None
    problem: str = ""
    mark: str = ""
    was_dry: bool = False

    @property
    def answer(self) -> str:
        if self.run is None:
            return ""
        try:
            return pretty(self.run.value)
        except orjson.JSONEncodeError:  # it is nested too deeply
            return self.run.text


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a person wants to try: a tool, its arguments, and a server by `account/server`.

    text: the arguments as they were written, where they are no JSON.
    """

    tool: Tool
    target: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    text: str = ""

    @property
    def mark(self) -> str:
        """A mark of the server and the arguments, to tell whether they were tried."""
        text = orjson.dumps([self.target, self.arguments], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(text).hexdigest()


async def tools_page(console: Console, visit: Visit) -> Response:
    """Show all tools, or those that a text, an effect or a tag finds."""
    query = {name: visit.query.get(name, "").strip() for name in ("q", "effect", "tag")}
    tools = console.registry.in_scope(FULL)
    found = [tool for tool in tools if _is_wanted(tool, query)]
    return visit.page(
        "tools/tools.html",
        tools=[(tool, _tokens(tool)) for tool in found],
        query=query,
        all_tags=sorted({tag for tool in tools for tag in tool.spec.tags}),
        effects=_WHAT_IT_DOES,
        all=len(tools),
    )


async def tool_page(console: Console, visit: Visit) -> Response:
    """Show one tool with a form for its arguments, filled in from the URL."""
    tool, target = _tool(console, visit), visit.query.get("server", "")
    text = visit.query.get(ARGUMENTS) or "{}"
    try:
        asked, tried = _Asked(tool, target, parsed(text)), _Tried()
    except AdminError as error:
        asked, tried = _Asked(tool, target, text=text), _Tried(problem=str(error))
    return await _page(console, visit, asked, tried)


async def try_tool(console: Console, visit: Visit) -> Response:
    """Run a tool as a client of the chosen server would; writes only after a dry run."""
    tool, target = _tool(console, visit), visit.form.text("server")
    try:
        asked = _Asked(tool, target, arguments_in(visit.form, tool))
        tried = await _tried(console, visit, asked)
    except AdminError as error:
        asked = _Asked(tool, target, text=visit.form.text(ARGUMENTS))
        tried = _Tried(problem=str(error))
    return await _page(console, visit, asked, tried)


async def _tried(console: Console, visit: Visit, asked: _Asked) -> _Tried:
    writes, is_dry = asked.tool.spec.effect != "read", visit.form.text("run") != "real"
    if writes and visit.actor.read_only:
        return _Tried(problem=_READ_ONLY)
    if writes and not is_dry and visit.form.text("tried") != asked.mark:
        return _Tried(problem=_TRY_FIRST)
    try:
        grant = await grant_of_target(console, visit, asked.target)
        console.registry.find(asked.tool.name, grant.scope)
    except (AdminError, UnknownTool) as error:
        return _Tried(problem=str(error))
    was_dry = writes and is_dry
    sent = {**asked.arguments, "dry_run": True} if was_dry else asked.arguments
    run = await run_tool(console, visit, grant, asked.tool, sent)
    return _Tried(run, mark=asked.mark if was_dry and not run.is_error else "", was_dry=was_dry)


async def _page(console: Console, visit: Visit, asked: _Asked, tried: _Tried) -> Response:
    tool, arguments = asked.tool, asked.arguments
    return visit.page(
        "tools/tool.html",
        status=HTTPStatus.BAD_REQUEST if tried.problem else HTTPStatus.OK,
        tool=tool,
        tokens=_tokens(tool),
        does=_WHAT_IT_DOES[tool.spec.effect],
        fields=fields_of(tool, arguments),
        arguments=asked.text or pretty(arguments),
        definition=pretty(tool.definition()),
        targets=await targets(console, visit, tool),
        target=asked.target,
        tried=tried,
        command=f"vapi-mcp call {tool.name} --json {shlex.quote(_compact(arguments))}",
        message=_message(tool, arguments),
        link=urlencode({"server": asked.target, ARGUMENTS: _compact(arguments)}),
    )


def _tool(console: Console, visit: Visit) -> Tool:
    tool = console.registry.tools.get(visit.ids["tool"])
    if tool is None:
        raise AdminError("there is no tool with this name", status=404)
    return tool


def _is_wanted(tool: Tool, query: Mapping[str, str]) -> bool:
    spec = tool.spec
    words = query["q"].lower().split()
    text = f"{spec.name} {spec.title} {spec.description} {' '.join(spec.tags)}".lower()
    is_found = all(word in text for word in words)
    is_tagged = not query["tag"] or query["tag"] in spec.tags
    return is_found and is_tagged and query["effect"] in ("", spec.effect)


def _tokens(tool: Tool) -> int:
    """Return about what a tool costs in a list, as a model reads it."""
    definition = tool.definition()
    read = {name: definition[name] for name in ("name", "description", "inputSchema")}
    return estimate_from_sample(orjson.dumps(read).decode()) or 0


def _message(tool: Tool, arguments: Mapping[str, Any]) -> str:
    params = {"name": tool.name, "arguments": arguments}
    return pretty({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


def _compact(value: Any) -> str:
    return orjson.dumps(value).decode()

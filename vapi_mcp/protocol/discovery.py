"""The three tools that stand for all others where a server's exposure is `discovery`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from vapi_mcp.accounts.consent import CODE, takes_code, with_code
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.errors import InvalidArguments, UnknownTool
from vapi_mcp.invocation.arguments.notes import objection
from vapi_mcp.invocation.arguments.repair import repaired
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.bounds import (
    MOST_ARGUMENTS,
    QUERY,
    SCHEMA_PATH,
    TOOL_NAME,
    TOOL_NAMES,
    Bound,
)
from vapi_mcp.registry.inline_media import gives_media, linking
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.schema_paths import describe_part
from vapi_mcp.registry.scope import Scope
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.validation import Violation, check_value

SEARCH, SCHEMA, CALL = "search_tools", "get_tool_schema", "call_tool"

_FEW_HITS = 8
_MOST_TOLD = 8
_BOUNDS: Mapping[str, Bound] = {
    "query": QUERY,
    "limit": Bound(100),
    "tool_names": TOOL_NAMES,
    "path": SCHEMA_PATH,
    "tool_name": TOOL_NAME,
}
_SENTENCE = re.compile(r".+?\.(?= [A-Z]|$)")
_TEXT = {"type": "string"}
_DESCRIPTIONS: Mapping[str, str] = {
    SEARCH: "Find tools for a Vapi account: assistants, calls, recordings, campaigns, numbers, "
    "chats, analytics and more. Start here; without a query it names all tools.",
    SCHEMA: "Get what tools found by search_tools take. With path, one part of one tool's "
    "arguments in full.",
    CALL: "Run a tool with the arguments its schema asks for. It may change data, cost money or "
    "ring people: see its effect in search_tools.",
}
_INPUTS: Mapping[str, dict[str, Any]] = {
    SEARCH: {
        "type": "object",
        "properties": {
            "query": {**_TEXT, "description": "What you want to do, in words."},
            "limit": {
                "type": "integer",
                "minimum": 1,
                "maximum": 20,
                "description": f"Most hits; {_FEW_HITS} if left out.",
            },
        },
    },
    SCHEMA: {
        "type": "object",
        "properties": {
            "tool_names": {
                "type": "array",
                "items": _TEXT,
                "minItems": 1,
                "maxItems": 5,
                "description": "1 to 5 names.",
            },
            "path": {
                **_TEXT,
                "description": "As in model or model[openai].messages; answers name more paths.",
            },
        },
        "required": ["tool_names"],
    },
    CALL: {
        "type": "object",
        "properties": {
            "tool_name": {**_TEXT, "description": "Its exact name."},
            "arguments": {"type": "object", "description": "Its own arguments."},
        },
        "required": ["tool_name"],
    },
}


def seen_through(name: Any, arguments: Any) -> tuple[Any, Any]:
    """Return the tool that a call means and its arguments, which call_tool wraps."""
    if name != CALL or not isinstance(arguments, dict):
        return name, arguments
    return arguments.get("tool_name"), repaired(arguments.get("arguments"), frozenset({"object"}))


class Discovery:
    """Answers search_tools and get_tool_schema, and reads call_tool, within a scope."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def definitions(self, scope: Scope) -> list[dict[str, Any]]:
        """Return the objects of `tools/list`: calling is only as harmless as the whole scope."""
        hints = [tool.hints for tool in self._registry.in_scope(scope)]
        reads = all(hint.read_only for hint in hints)
        reaches_out = any(hint.open_world for hint in hints)
        return [
            _definition(SEARCH, reads=True),
            _definition(SCHEMA, reads=True),
            _definition(CALL, reads=reads, reaches_out=reaches_out),
        ]

    def looks_up(self, name: str) -> bool:
        """Return whether a tool is one that `look_up` answers."""
        return name in (SEARCH, SCHEMA)

    def look_up(
        self,
        name: str,
        arguments: Mapping[str, Any],
        scope: Scope,
        config: ServerConfig = ServerConfig(),  # noqa: B008 - it is frozen
    ) -> ToolResult:
        """Answer search_tools or get_tool_schema; nothing is sent anywhere.

        config: says which tools wait for a confirmation, whose code they then show.

        Raises:
            InvalidArguments: They are wrong, or name no tool in scope.
        """
        given = self._checked(name, arguments)
        if name == SEARCH:
            return self._found(given.get("query", ""), given.get("limit", _FEW_HITS), scope)
        return self._described(given["tool_names"], given.get("path"), scope, config)

    def called(
        self, name: str, arguments: Mapping[str, Any], scope: Scope
    ) -> tuple[Tool, Mapping[str, Any]]:
        """Return the tool that call_tool is to run, and the arguments for it.

        Raises:
            InvalidArguments: They are wrong, or a tool in scope was called without call_tool.
            UnknownTool: There is none of this name in scope.
        """
        if name == CALL:
            given = self._checked(name, arguments)
            return self._find(given["tool_name"], scope), given.get("arguments", {})
        self._find(name, scope)
        raise InvalidArguments(
            f"{name} is not called by its name here. Use {CALL} with tool_name {name!r} and its "
            f"arguments; {SEARCH} finds tools, {SCHEMA} shows what they take. Nothing was sent."
        )

    def _find(self, name: str, scope: Scope) -> Tool:
        return self._registry.find(name, scope, lookup=f"{SEARCH} finds them")

    def _checked(self, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        schema = _INPUTS[name]
        _refuse_excess(name, arguments)
        given: dict[str, Any] = {}
        for key, value in arguments.items():
            kind = schema["properties"].get(key, {}).get("type", "")
            if value is not None:
                given[key] = repaired(value, frozenset({kind}), items_are_text=True)
        findings = check_value(self._registry.facts, schema, given)
        if findings:
            few = findings[:_MOST_TOLD]
            told = "; ".join(f"{each.place[:80]} {_objection(each)}" for each in few)
            hint = "; a tool's own arguments go into `arguments`" if name == CALL else ""
            raise InvalidArguments(f"{name}: {told}{hint}. Nothing was sent.")
        return given

    def _found(self, query: str, limit: int, scope: Scope) -> ToolResult:
        hits = self._registry.index(scope).search(query, scope, limit)
        if hits:
            return _json({"tools": [_hit(tool) for tool in hits]})
        names: dict[str, list[str]] = {}
        for tool in self._registry.in_scope(scope):
            names.setdefault(tool.spec.resource, []).append(tool.name)
        said = "no tool fits these words" if query.strip() else "no words to search for"
        return _json({"message": f"{said}; these are all tools", "tools": names})

    def _described(
        self, names: list[str], path: str | None, scope: Scope, config: ServerConfig
    ) -> ToolResult:
        if path is not None and len(names) > 1:
            raise InvalidArguments(
                f"{SCHEMA}: path needs exactly one name; give one, not {len(names)}."
            )
        tools: list[Tool] = []
        missing: list[str] = []
        for name in dict.fromkeys(names):
            try:
                tools.append(_as_served(self._find(name, scope), config))
            except UnknownTool as error:
                missing.append(str(error))
        if not tools:
            raise InvalidArguments("; ".join(missing))
        if path is not None:
            part = describe_part(tools[0], path, self._registry.facts)
            return _json({"name": tools[0].name, "path": path, "schema": part})
        return _json({"tools": [_full(tool, config) for tool in tools]}, *missing)


def _refuse_excess(name: str, arguments: Mapping[str, Any]) -> None:
    """Refuse what no call of a tool here can hold, before anything looks through it."""
    if len(arguments) > MOST_ARGUMENTS:
        raise InvalidArguments(
            f"{name}: {len(arguments):,} arguments are too many. Nothing was sent."
        )
    for key, bound in _BOUNDS.items():
        if too_much := bound.objection(arguments.get(key)):
            raise InvalidArguments(f"{name}: {key} {too_much}. Nothing was sent.")


def _definition(name: str, *, reads: bool, reaches_out: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "description": _DESCRIPTIONS[name],
        "inputSchema": _INPUTS[name],
        "annotations": {
            "title": name.replace("_", " ").capitalize(),
            "readOnlyHint": reads,
            "destructiveHint": not reads,
            "idempotentHint": reads,
            "openWorldHint": reaches_out,
        },
    }


def _objection(finding: Violation) -> str:
    if finding.rule == "required":
        return "is required"
    if finding.rule == "unknown":
        return f"is not an argument; use {', '.join(finding.expected)}"
    return objection(finding)


def _hit(tool: Tool) -> dict[str, Any]:
    sentence = _SENTENCE.match(tool.spec.description)
    return {
        "name": tool.name,
        "does": sentence[0] if sentence else tool.spec.description,
        "effect": tool.spec.effect,
        "required": tool.input_schema.get("required", []),
    }


def _as_served(tool: Tool, config: ServerConfig) -> Tool:
    return tool if config.inline_media or not gives_media(tool) else linking(tool)


def _full(tool: Tool, config: ServerConfig) -> dict[str, Any]:
    """Return a tool as tools/list would, and the names of what else it accepts."""
    schema: Mapping[str, Any] = tool.input_schema
    if takes_code(tool, config):
        schema = with_code(tool)["inputSchema"]
    shown = {*schema["properties"], CODE}
    return {
        "name": tool.name,
        "description": tool.spec.description,
        "inputSchema": schema,
        "more_by_path": [name for name in tool.arguments if name not in shown],
    }


def _json(answer: Any, *notes: str) -> ToolResult:
    return ToolResult(orjson.dumps(answer).decode(), notes)

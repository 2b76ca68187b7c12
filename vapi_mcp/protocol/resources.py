"""Resources over MCP: other ways to what tools answer, within the same scope and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    BlobResourceContents,
    CompleteRequestParams,
    Completion,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    ResourceTemplate,
    ResourceTemplateReference,
    TextResourceContents,
)

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import InvalidArguments, ToolError, UnknownTool
from vapi_mcp.invocation.answers.untrusted_text import ALL_UNTRUSTED
from vapi_mcp.invocation.artifacts.kinds import kind_of
from vapi_mcp.invocation.explaining import logged
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.undo.change import OpenChanges
from vapi_mcp.invocation.writes.undo.reader import ChangeReader
from vapi_mcp.json_paths import below
from vapi_mcp.protocol.apps.view_pages import ViewPages
from vapi_mcp.protocol.audit_middleware import record_of
from vapi_mcp.protocol.calls.result_models import blob
from vapi_mcp.protocol.elicitation import McpCaller
from vapi_mcp.protocol.resource_templates import (
    CALL_LOGS,
    CHANGE,
    ENDED_REASON,
    RECORDING,
    SCHEMA,
    TEMPLATES,
    TRANSCRIPT,
    Template,
)
from vapi_mcp.protocol.results import breakdown_message, with_notes_inside
from vapi_mcp.protocol.suggestions import NOTHING, Suggestions
from vapi_mcp.registry.bounds import REFERENCE
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.schema_paths import describe_part
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.ended_reasons import ended_reason

_JSON = "application/json"
_TEXT = "text/plain"
_MOST_SUGGESTED = 100
_LONGEST_URI = 200
_NOTES = "vapi-mcp/notes"
_CLIENT_ERRORS = range(400, 500)

Context = ServerRequestContext[Any, Any]


class Resources:
    """Answers resources/*, and the completions of what stands in a template."""

    def __init__(
        self,
        registry: Registry,
        invoker: Invoker,
        suggestions: Suggestions,
        current_grant: Callable[[Context], Grant],
        limits: Limits,
        *,
        pages: ViewPages | None = None,
        open_changes: OpenChanges | None = None,
    ) -> None:
        """Answer for a registry; open_changes: where changes are kept, if they are."""
        self._registry = registry
        self._invoker = invoker
        self._suggestions = suggestions
        self._grant = current_grant
        self._limits = limits
        self._pages = pages
        self._changes = ChangeReader(open_changes, registry) if open_changes else None

    async def list_resources(
        self, ctx: Context, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        """Return nothing: what there is has ids, and templates say how to name it."""
        del ctx
        _refuse_cursor(params, "resources/list")
        return ListResourcesResult(resources=[])

    async def list_templates(
        self, ctx: Context, params: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """Return the templates that stand for a tool in scope."""
        _refuse_cursor(params, "resources/templates/list")
        grant = self._grant(ctx)
        shown = [
            each.definition(next((tool.name for tool in self._served_by(each, grant)), None))
            for each in TEMPLATES
            if self._is_visible(each, grant)
        ]
        return ListResourceTemplatesResult(
            resource_templates=[ResourceTemplate.model_validate(each) for each in shown]
        )

    async def read(self, ctx: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """Return what a URI names; one that is out of scope looks like one that is not there."""
        grant, uri = self._grant(ctx), params.uri
        try:
            async with self._limits.calling(grant.server.id):
                contents = await self._contents(ctx, uri, grant)
        except UnknownTool:
            raise _not_here(uri) from None
        except ToolError as error:
            code = INVALID_PARAMS if error.status in _CLIENT_ERRORS else INTERNAL_ERROR
            told = {**error.as_dict(), "uri": uri[:_LONGEST_URI]}
            raise MCPError(code=code, message=error.message, data=told) from None
        except Exception as error:  # noqa: BLE001 - the SDK would hide where it happened
            said = breakdown_message(logged(error, "resources/read"))
            raise MCPError(code=INTERNAL_ERROR, message=said) from None
        return ReadResourceResult(contents=[contents])

    async def complete(
        self, ctx: Context, ref: ResourceTemplateReference, params: CompleteRequestParams
    ) -> Completion:
        """Return values for a variable of a template."""
        grant = self._grant(ctx)
        template = next((each for each in TEMPLATES if each.uri == ref.uri), None)
        if template is None or not self._is_visible(template, grant):
            raise _not_here(ref.uri)
        name, typed = params.argument.name, params.argument.value
        if name == "id" and template not in (SCHEMA, CHANGE):
            lister = self._served_by(template, grant)[0].spec.lister
            listed = lister.name if lister is not None else ""
            return await self._suggestions.complete(ctx, listed, ["id"], typed, grant)
        if name == "reason" and template is ENDED_REASON:
            return _beginning(self._registry.ended_reasons, typed)
        if name == "kind" and template is RECORDING:
            return _beginning(list(self._recordings(grant)), typed)
        if template is not SCHEMA:
            return NOTHING
        if name == "tool":
            return _beginning([tool.name for tool in self._registry.in_scope(grant.scope)], typed)
        known = params.context.arguments if params.context else None
        return self._paths(name, typed, (known or {}).get("tool", ""), grant)

    async def _contents(
        self, ctx: Context, uri: str, grant: Grant
    ) -> TextResourceContents | BlobResourceContents:
        if self._pages is not None and (page := self._pages.at(uri, grant, McpCaller(ctx).origin)):
            return page
        template, values = _matched(uri)
        if template is SCHEMA:
            return self._schema(uri, values, grant)
        if template is ENDED_REASON:
            return self._ended_reason(uri, values["reason"], grant)
        if template is CHANGE:
            return await self._change(uri, values["id"], grant)
        return await self._of_call(ctx, uri, grant)

    async def _of_call(
        self, ctx: Context, uri: str, grant: Grant
    ) -> TextResourceContents | BlobResourceContents:
        template, values = _matched(uri)
        if template is RECORDING:
            is_inline = grant.server.config.inline_media
            tool, asked = self._recordings(grant).get(values["kind"]), {"inline": is_inline}
        else:
            tool = next(iter(self._served_by(template, grant)), None)
            asked = {"inline": True} if template is CALL_LOGS else {"part": "artifact.transcript"}
        if tool is None:
            raise UnknownTool(uri[:_LONGEST_URI])
        arguments = {"id": values["id"], **asked}
        record = record_of(ctx)
        record.tool, record.arguments = tool, arguments
        outcome = await self._invoker.invoke(tool, arguments, grant, McpCaller(ctx))
        record.outcome = outcome
        result = outcome.result
        if result.blocks:
            return blob(uri, result.blocks[0])
        # What `_meta` says does not reach every model; the first line does.
        if template is TRANSCRIPT and (text := _whole_text(result)) is not None:
            return TextResourceContents(
                uri=uri, mime_type=_TEXT, text=f"{ALL_UNTRUSTED}\n\n{text}", _meta=_about(result)
            )
        return TextResourceContents(
            uri=uri, mime_type=_JSON, text=with_notes_inside(result), _meta=_about(result)
        )

    def _schema(self, uri: str, values: Mapping[str, str], grant: Grant) -> TextResourceContents:
        tool = self._registry.find(values["tool"], grant.scope)
        path = values.get("path", "")
        part = describe_part(tool, path, self._registry.facts)
        answer = {"name": tool.name, "path": path, "schema": part}
        return TextResourceContents(uri=uri, mime_type=_JSON, text=orjson.dumps(answer).decode())

    def _ended_reason(self, uri: str, reason: str, grant: Grant) -> TextResourceContents:
        if not self._is_visible(ENDED_REASON, grant):
            raise UnknownTool(uri[:_LONGEST_URI])
        told = ended_reason(reason[:_LONGEST_URI]).as_dict()
        return TextResourceContents(uri=uri, mime_type=_JSON, text=orjson.dumps(told).decode())

    async def _change(self, uri: str, change_id: str, grant: Grant) -> TextResourceContents:
        if self._changes is None:
            raise UnknownTool(uri[:_LONGEST_URI])
        result = await self._changes.read(change_id, grant)
        return TextResourceContents(
            uri=uri, mime_type=_JSON, text=with_notes_inside(result), _meta=_about(result)
        )

    def _paths(self, name: str, typed: str, tool_name: str, grant: Grant) -> Completion:
        """Return the paths one step on from what is typed of one."""
        if name != "path" or not self._has(tool_name, grant):
            return NOTHING
        tool, parent = self._registry.find(tool_name, grant.scope), typed.rpartition(".")[0]
        try:
            part = describe_part(tool, parent, self._registry.facts)
        except InvalidArguments:
            return NOTHING
        names = part.get("properties", part.get("items", {}).get("properties", {}))
        return _beginning([below(parent, each) for each in names], typed)

    def _is_visible(self, template: Template, grant: Grant) -> bool:
        if template is CHANGE and self._changes is None:
            return False
        return template.stands_for is None or bool(self._served_by(template, grant))

    def _served_by(self, template: Template, grant: Grant) -> list[Tool]:
        """Return the tools in scope that a template stands for."""
        stands_for = template.stands_for
        if stands_for is None:
            return []
        return [tool for tool in self._registry.in_scope(grant.scope) if stands_for(tool.spec)]

    def _recordings(self, grant: Grant) -> dict[str, Tool]:
        """Return the tools in scope by the names of their recordings, those of sound first."""
        tools = self._served_by(RECORDING, grant)
        return {kind_of(t).name: t for t in sorted(tools, key=lambda t: t.spec.output.holds or "")}

    def _has(self, tool_name: str, grant: Grant) -> bool:
        tool = self._registry.tools.get(tool_name)
        return tool is not None and tool.spec in grant.scope


def _matched(uri: str) -> tuple[Template, dict[str, str]]:
    if REFERENCE.objection(uri):
        raise UnknownTool(uri[:200])
    for template in TEMPLATES:
        if (values := template.read(uri)) is not None:
            return template, values
    raise UnknownTool(uri)


def _not_here(uri: str) -> MCPError:
    named = uri[:_LONGEST_URI]
    return MCPError(code=INVALID_PARAMS, message=f"there is no {named!r} here", data={"uri": named})


def _about(result: ToolResult) -> dict[str, Any] | None:
    """Return what a tool says beside its answer; a resource has no second block for it."""
    return {_NOTES: result.notes} if result.notes else None


def _whole_text(result: ToolResult) -> str | None:
    """Return a part that is text and all of it; what is cut says in JSON how it goes on."""
    part = orjson.loads(result.text)
    is_whole = part.get("next") is None and isinstance(part.get("value"), str)
    return part["value"] if is_whole else None


def _beginning(values: list[str], typed: str) -> Completion:
    found = [value for value in values if value.startswith(typed)]
    shown = found[:_MOST_SUGGESTED]
    return Completion(values=shown, total=len(found), has_more=len(found) > len(shown))


def _refuse_cursor(params: PaginatedRequestParams | None, method: str) -> None:
    if params is not None and params.cursor is not None:
        raise MCPError(code=INVALID_PARAMS, message=f"{method} has one page and no cursor")

"""Calls of tools by an administrator, recorded as those of clients are."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError
from vapi_mcp.invocation.answers.tokens import estimate_from_sample
from vapi_mcp.invocation.caller import SilentCaller
from vapi_mcp.protocol.audit import AuditedRequest
from vapi_mcp.protocol.calls.client_name import ClientName
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.registry.tool import Tool

CLIENT = ClientName("console")
# A page shows an object whole; the largest answer of Vapi is bounded by a setting.
_WHOLE = ServerConfig(max_result_tokens=100_000_000)


@dataclass(frozen=True, slots=True)
class ToolRun:
    """The end of a call: its JSON as text, our notes, and what it took.

    milliseconds: of the whole call. tokens: about as many as a model would read.
    """

    text: str
    notes: tuple[str, ...]
    is_error: bool
    milliseconds: float
    tokens: int

    @property
    def value(self) -> Any:
        """The answer as JSON."""
        return orjson.loads(self.text)


def whole_grant(console: Console, visit: Visit, account: Account) -> Grant:
    """Return the grant with which the console reads an account that the person sees."""
    server = Server("console", "console", account.id, config=_WHOLE)
    return console.access.grant_over(account, server, visit.actor)


async def run_tool(
    console: Console, visit: Visit, grant: Grant, tool: Tool, arguments: Mapping[str, Any]
) -> ToolRun:
    """Run a tool and record it; a failure of the tool is an answer with an error object."""
    record, request = RequestRecord(), visit.request
    audited = AuditedRequest(
        id=None,
        method="tools/call",
        params={"name": tool.name, "arguments": dict(arguments)},
        grant=grant,
        client=lambda: CLIENT,
        source=request.client.host if request.client else None,
        record=record,
    )
    base = console.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    caller = SilentCaller(origin=base)
    result = partial(console.calls.result, tool, arguments, grant, caller, record, is_modern=False)
    begun = time.perf_counter()
    answer: Any = await console.trail.audited(audited, result)
    return _run_of(answer, (time.perf_counter() - begun) * 1000)


async def read_tool(
    console: Console, visit: Visit, account: Account, tool: Tool, **arguments: Any
) -> Any:
    """Return the answer of a reading tool, whole.

    Raises:
        AdminError: The tool failed; with its status.
    """
    run = await run_tool(console, visit, whole_grant(console, visit, account), tool, arguments)
    if run.is_error:
        raise AdminError(run.value["message"], status=run.value["statusCode"])
    return run.value


def _run_of(answer: Mapping[str, Any], milliseconds: float) -> ToolRun:
    text, *others = [each["text"] for each in answer["content"] if each["type"] == "text"]
    notes = tuple(note for other in others for note in orjson.loads(other).get("notes", ()))
    return ToolRun(
        text, notes, bool(answer["isError"]), milliseconds, estimate_from_sample(text) or 0
    )

"""The end of a tool call, with what the audit log and the metrics keep of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

from vapi_mcp.audit.entry import OutcomeKind
from vapi_mcp.errors import (
    InvalidArguments,
    LimitReached,
    ToolError,
    UpstreamRejected,
    WriteHeld,
)
from vapi_mcp.invocation.answers.tokens import estimate_from_sample
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.caller import Question
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.failures.transport_errors import NeverConnected
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.tool import Tool

End: TypeAlias = ToolResult | ToolError | Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of one tool call.

    tool, arguments: the call that ran; under discovery the client named another one. end: the
    answer, the error, or the question that the client is to put to its user before it calls
    again. kind: the outcome as the audit log names it. status: as HTTP has it. upstream_ids: the
    objects that were read or changed. cost: US dollars, None until Vapi knows it. tokens: an
    estimate for the answer. upstream_seconds: spent on requests to Vapi, all together. change_id:
    of the kept record of what it changed.
    """

    tool: Tool
    arguments: Mapping[str, Any]
    end: End
    kind: OutcomeKind
    status: int = HTTPStatus.OK
    upstream_ids: tuple[str, ...] = ()
    cost: float | None = None
    tokens: int | None = None
    upstream_seconds: float | None = None
    change_id: str | None = None

    @property
    def result(self) -> ToolResult:
        """The answer.

        Raises:
            ToolError: The call failed; the error has all details for its caller.
            TypeError: The call ended with a question.
        """
        if isinstance(self.end, ToolError):
            raise self.end
        if isinstance(self.end, Question):
            raise TypeError("this call waits for its user")
        return self.end


def answered(call: Call, result: ToolResult, kind: OutcomeKind | None = None) -> Outcome:
    """Return the outcome of a call that has an answer; the usual kind is `read` or `sent`."""
    usual: OutcomeKind = "read" if call.tool.spec.effect == "read" else "sent"
    return Outcome(
        tool=call.tool,
        arguments=call.arguments,
        end=result,
        kind=kind or usual,
        upstream_ids=result.upstream_ids or _named(call),
        cost=result.cost,
        tokens=explained("tokens", lambda: estimate_from_sample(result.text), None),
        upstream_seconds=call.upstream.seconds,
    )


def asked(call: Call, end: ToolResult | Question) -> Outcome:
    """Return the outcome of a call whose user has to agree first: to a preview or a question."""
    if isinstance(end, ToolResult):
        return answered(call, end, "asked")
    return Outcome(
        tool=call.tool,
        arguments=call.arguments,
        end=end,
        kind="asked",
        upstream_ids=_named(call),
        upstream_seconds=call.upstream.seconds,
    )


def failed(call: Call, error: ToolError, *, was_sent: bool = True) -> Outcome:
    """Return the outcome of a call that ended with an error; was_sent: whether a write went out."""
    unsure: OutcomeKind = "failed" if call.tool.spec.effect == "read" else "unknown"
    return Outcome(
        tool=call.tool,
        arguments=call.arguments,
        end=error,
        kind="refused" if did_nothing(error) or not was_sent else unsure,
        status=error.status,
        upstream_ids=_named(call),
        upstream_seconds=call.upstream.seconds,
    )


def did_nothing(error: ToolError) -> bool:
    """Return whether a write that ended so was surely not done."""
    if isinstance(error, UpstreamRejected):
        is_refusal = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return is_refusal and error.status != HTTPStatus.REQUEST_TIMEOUT
    return isinstance(error, InvalidArguments | LimitReached | NeverConnected | WriteHeld)


def _named(call: Call) -> tuple[str, ...]:
    named = call.arguments.get("id")
    return (named,) if isinstance(named, str) else ()

"""A write on its way through the pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.arguments.aside import aside, built_aside
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.notes import RiskNote, WarningNote
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.recipients import Recipients, recipients_of
from vapi_mcp.registry.tool import Tool

# What makes a write safe is no part of what it does.
_ABOUT_THE_CALL = frozenset({"dry_run", "idempotency_key", "confirmation_code", "understood"})


@dataclass(frozen=True, slots=True)
class Write:
    """One call that changes something, checked and ready to be sent.

    checked: the arguments before anything was read at Vapi: a repeat of the same call has the same
    ones, whatever has become of that since. completed: with what was read. recipients: the people
    it rings or texts. closes: when the calling hours of all of them end, where they matter.
    """

    call: Call
    checked: Checked
    completed: Checked
    request: UpstreamRequest
    recipients: Recipients | None
    closes: datetime | None = None

    @property
    def tool(self) -> Tool:
        """The tool that was called."""
        return self.call.tool

    @property
    def grant(self) -> Grant:
        """The server and account it goes through."""
        return self.call.grant

    @property
    def body(self) -> Mapping[str, Any]:
        """The body it sends; empty where it sends none."""
        return self.completed.body or {}

    def option(self, name: str) -> Any:
        """Return an argument of ours that says how to treat the call, None if it was not given."""
        return self.completed.control.get(name)

    @property
    def warnings(self) -> list[WarningNote]:
        """What would go wrong with it."""
        return [note for note in self.completed.notes if isinstance(note, WarningNote)]

    @property
    def risks(self) -> list[RiskNote]:
        """Those warnings that have to be understood before it is sent."""
        return [note for note in self.warnings if isinstance(note, RiskNote)]

    def with_notes(self, notes: Iterable[str]) -> Write:
        """Return it with these notes instead of its own."""
        return replace(self, completed=replace(self.completed, notes=tuple(notes)))


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a write: the answer for its caller, and Vapi's own."""

    result: ToolResult
    response: UpstreamResponse


Send: TypeAlias = Callable[[Write], Awaitable[Sent]]


async def prepared(call: Call, checked: Checked, completed: Checked) -> Write:
    """Return a write with its request and its recipients; a file is read here, and only here.

    Raises:
        InvalidArguments: The request cannot be built.
    """
    request = await built_aside(call.tool, completed)
    body = completed.body or {}
    recipients = await aside(body, recipients_of, call.tool, body)
    return Write(call, checked, completed, request, recipients)


def fingerprint(checked: Checked, salt: str) -> str:
    """Return a hash of arguments: the same for the same ones, however they came."""
    control = {k: v for k, v in checked.control.items() if k not in _ABOUT_THE_CALL}
    parts = [salt, checked.path, checked.query, checked.body, control]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def digest(*parts: str) -> str:
    """Return a hash of texts that no other list of texts has."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()

"""A write on its way through the pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.arguments.aside import aside, built_aside
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.notes import UrgentNote
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.recipients import Recipients, recipients_of
from vapi_mcp.registry.tool import Tool

# What makes a write safe is no part of what it does.
_ABOUT_THE_CALL = frozenset({"dry_run", "idempotency_key", "confirmation_code"})


@dataclass(frozen=True, slots=True)
class Write:
    """One call that changes something, checked and ready to be sent.

    checked: the arguments before anything was read at Vapi: a repeat of the same call has the same
    ones, whatever has become of that since. completed: with what was read. recipients: the people
    it rings or texts. warnings: what would go wrong with it.
    """

    call: Call
    checked: Checked
    completed: Checked
    request: UpstreamRequest
    recipients: Recipients | None
    warnings: tuple[str, ...] = ()

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

    def warned(self, *warnings: str) -> Write:
        """Return it with warnings, which its answer has, too."""
        notes = (*map(UrgentNote, warnings), *self.completed.notes)
        completed = replace(self.completed, notes=notes)
        return replace(self, completed=completed, warnings=(*self.warnings, *warnings))


Send: TypeAlias = Callable[[Write], Awaitable[ToolResult]]


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

"""A write on its way through the pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.caller import Caller
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.registry.tool import Tool

# What makes a write safe is no part of what it does.
_ABOUT_THE_CALL = frozenset({"dry_run", "idempotency_key", "confirmation_code"})

Send: TypeAlias = Callable[[], Awaitable[ToolResult]]


@dataclass(frozen=True, slots=True)
class Write:
    """One call that changes something, checked and ready to be sent.

    asked: the arguments as they were given, before anything at Vapi was looked at: a repeat of the
    same call has the same ones, whatever has become of that since.
    """

    tool: Tool
    asked: Checked
    checked: Checked
    request: UpstreamRequest
    grant: Grant
    caller: Caller

    @property
    def body(self) -> Mapping[str, Any]:
        """What it sends; empty where it sends none."""
        return self.checked.body or {}

    def said(self, name: str) -> Any:
        """Return an argument of ours that says how to treat the call, None if it was not given."""
        return self.checked.control.get(name)

    def fingerprint(self, salt: str) -> str:
        """Return a hash of what is asked: the same for the same arguments, however they came."""
        asked = self.asked
        control = {k: v for k, v in asked.control.items() if k not in _ABOUT_THE_CALL}
        parts = [salt, asked.path, asked.query, asked.body, control]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def digest(*parts: str) -> str:
    """Return a hash of texts that no other list of texts has."""
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()

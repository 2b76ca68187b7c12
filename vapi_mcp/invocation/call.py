"""One call of a tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import Account, Grant
from vapi_mcp.invocation.caller import Caller
from vapi_mcp.invocation.timed import TimedUpstream
from vapi_mcp.registry.tool import Tool


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool, as it came: its arguments are not checked yet.

    upstream: the way to Vapi for this call alone, so that its time is counted. restores: the
    change that it takes back, if it is made for that. looks_once: a tool that waits answers how it
    is now.
    """

    tool: Tool
    arguments: Mapping[str, Any]
    grant: Grant
    caller: Caller
    upstream: TimedUpstream
    restores: str | None = None
    looks_once: bool = False

    @property
    def account(self) -> Account:
        """The account whose key is used."""
        return self.grant.account

    @property
    def only(self) -> Only | None:
        """The objects that the call is kept to."""
        return self.grant.only

"""The latest calls of an account, and whether anybody answered them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import orjson

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.rfc3339 import read_moment, write_moment
from vapi_mcp.specs.tools.ended_reasons import class_of

# One read, however many people are called.
MOST_READ = 100
_PATIENCE = 10.0
# A call of silence counts as one that nobody answered.
_SILENCE = "silence-timed-out"


@dataclass(frozen=True, slots=True)
class EndedCall:
    """A call that is over; number: the customer's."""

    number: str
    began_at: datetime
    reason: str

    @property
    def is_silent(self) -> bool:
        """Whether it reached nobody."""
        return self.reason == _SILENCE or class_of(self.reason) == "no_contact"


async def calls_since(call: Call, since: datetime) -> list[EndedCall] | None:
    """Return the calls that ended since a moment, the newest first; None if Vapi does not say.

    Those that failed for a technical reason say nothing of a customer, and are left out.
    """
    query = (("limit", str(MOST_READ)), ("createdAtGe", write_moment(since)))
    request = UpstreamRequest("GET", "/call", query=query, deadline=_PATIENCE)
    try:
        response = await call.upstream.send(request, call.account)
        if not 200 <= response.status < 300:  # noqa: PLR2004 - the successes of HTTP
            return None
        found = await asyncio.to_thread(_ended, response.body)
    except (ToolError, ValueError, TypeError, AttributeError, LookupError):
        return None  # what cannot be read is not known
    return sorted(found, key=lambda each: each.began_at, reverse=True)


def _ended(body: bytes) -> list[EndedCall]:
    calls = cast("list[Mapping[str, Any]]", orjson.loads(body))
    return [ended for each in calls for ended in _read(each)]


def _read(call: Mapping[str, Any]) -> Iterator[EndedCall]:
    reason = call.get("endedReason")
    number = (call.get("customer") or {}).get("number")
    if not isinstance(reason, str) or not isinstance(number, str):
        return
    if class_of(reason) != "technical":
        yield EndedCall(number, read_moment(call["createdAt"]), reason)

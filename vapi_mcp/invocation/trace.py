"""What one MCP request did, noted while it runs, for the audit log and the metrics."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from vapi_mcp.audit.entry import Outcome
from vapi_mcp.registry.tool import Tool


@dataclass(slots=True)
class Trace:
    """The record of one request; each part of the pipeline fills in what it knows.

    tool, arguments: the call that ran, which under discovery is not the one the client named.
    status: how the call ended, as HTTP has it. upstream_seconds: what was spent waiting for Vapi,
    in all of its answers. upstream_ids: what was read or changed there. cost: in US dollars, None
    until Vapi knows it. outcome: what became of the call, where the pipeline got so far.
    tokens: about how many the answer has.
    """

    tool: Tool | None = None
    arguments: Mapping[str, Any] | None = None
    status: int | None = None
    upstream_seconds: float | None = None
    upstream_ids: tuple[str, ...] = ()
    cost: float | None = None
    tokens: int | None = None
    outcome: Outcome | None = None

    def add_upstream(self, seconds: float) -> None:
        """Count the time of one more answer."""
        self.upstream_seconds = (self.upstream_seconds or 0.0) + seconds


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def tracing() -> Generator[Trace]:
    """Yield the record of what happens inside."""
    trace = Trace()
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def current_trace() -> Trace:
    """Return the record of the present request; one that nobody reads where there is none."""
    return _current.get() or Trace()

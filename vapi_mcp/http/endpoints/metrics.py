"""The metrics of a process for Prometheus; labels name no server, account, tenant or client."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.accounts.records import Account
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.http.endpoints.tallies import Answering, Tallies
from vapi_mcp.invocation.failures.header_numbers import whole_number
from vapi_mcp.invocation.observed import UpstreamAnswer
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.store.outage import counting_failures
from vapi_mcp.upstream.shares import Owner

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext
    from mcp.server.context import CallNext, HandlerResult

# The requests of clients that the protocol has, in any revision.
METHODS = frozenset(
    (
        "completion/complete",
        "initialize",
        "logging/setLevel",
        "ping",
        "prompts/get",
        "prompts/list",
        "resources/list",
        "resources/read",
        "resources/subscribe",
        "resources/templates/list",
        "resources/unsubscribe",
        "server/discover",
        "subscriptions/listen",
        "tools/call",
        "tools/list",
    )
)
# Those of the extensions that are spoken here.
_OF_EXTENSIONS = frozenset(
    (
        *("events/list", "events/subscribe", "events/unsubscribe"),
        *("tasks/cancel", "tasks/get", "tasks/update"),
    )
)
_KNOWN = METHODS | _OF_EXTENSIONS

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
# How long the scarcest rate limit seen is shown, in seconds.
_SCARCE_FOR = 60.0


class Metrics:
    """The counters of this process.

    Where PROMETHEUS_MULTIPROC_DIR names a directory, before this module is loaded, they are shared
    with the other workers, and any of them tells the sum.
    """

    def __init__(self) -> None:
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self._scarcest = (0.0, 0.0)
        self._tallies = Tallies()
        self._requests = self._counter(
            "requests",
            "MCP requests; an error in a tool's result has its own status.",
            "method",
            "tool",
            "status",
        )
        self._seconds = self._histogram("request_seconds", "Time taken by MCP requests.", "method")
        self._in_flight = self._gauge(
            "requests_in_flight", "MCP requests being answered.", "livesum"
        )
        self._answering = Answering(self._tallies, self._in_flight)
        self._tokens = self._counter(
            "tokens_returned", "About how many tokens tools answered.", "tool"
        )
        self._upstream = self._counter("upstream_requests", "Requests to Vapi.", "method", "status")
        self._upstream_seconds = self._histogram("upstream_seconds", "Time taken by Vapi.")
        self._refused_places = self._counter(
            "upstream_places_refused", "Requests not sent: a share of connections is full.", "share"
        )
        self._withheld = self._counter(
            "upstream_requests_withheld", "Requests not sent: Vapi does not answer their account."
        )
        self._lost_rows = self._counter("audit_rows_lost", "Rows of the audit log never written.")
        self._event_attempts = self._counter(
            "event_attempts",
            "Attempts to bring an event: delivered, waiting for another one, or failed for good.",
            "outcome",
        )
        self._store_failures = self._counter("store_failures", "Times the database failed.")

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Count a request while it is answered: a middleware of the SDK's server."""
        with self.answering():
            return await call_next(ctx)

    def answering(self) -> AbstractContextManager[object]:
        """Count a request while this is held."""
        return self._answering

    def note_request(self, entry: LogEntry, record: RequestRecord) -> None:
        """Count a request that was answered, by what the audit log has of it."""
        method = entry.mcp_method if entry.mcp_method in _KNOWN else "other"
        tool, tallies = record.tool.name if record.tool else "", self._tallies
        tallies.count(self._requests, method, tool, f"{entry.status // 100}xx")
        tallies.observe(self._seconds, method, value=(entry.duration or 0.0) / 1000)
        if record.outcome and record.outcome.tokens:
            tallies.count(self._tokens, tool, amount=record.outcome.tokens)

    async def note_answer(self, account: Account, answer: UpstreamAnswer) -> None:
        """Count an answer of Vapi: an observer of upstream answers."""
        del account
        self._tallies.count(self._upstream, answer.method, str(answer.status))
        self._tallies.observe(self._upstream_seconds, value=answer.seconds)
        left = whole_number(answer.headers.get("x-ratelimit-remaining"))
        if left is not None:
            self._note_remaining(left)

    def note_refused_place(self, share: Owner) -> None:
        """Count a request to Vapi that was not sent, by the share that it did not fit in."""
        self._refused_places.labels(share).inc()

    def note_withheld_request(self) -> None:
        """Count a request that was not sent, as Vapi does not answer its account."""
        self._withheld.inc()

    def note_event_attempt(self, outcome: str) -> None:
        """Count an attempt to bring an event to a subscriber."""
        self._event_attempts.labels(outcome).inc()

    def note_lost_rows(self, count: int) -> None:
        """Count rows of the audit log that will never be written."""
        self._lost_rows.inc(count)

    @property
    def scarcest(self) -> int | None:
        """The least that Vapi's rate limits left any account in the last minute, if it is known."""
        seen, until = self._scarcest
        return int(seen) if time.monotonic() <= until else None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Count failures of the store meanwhile."""
        with counting_failures(self._store_failures.inc):
            try:
                yield
            finally:
                self._tallies.flush()

    def exposition(self) -> bytes:
        """Return all counters in Prometheus' text format."""
        self._tallies.flush()
        return self._written()

    def _written(self) -> bytes:
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return generate_latest(registry)

    async def endpoint(self, request: Request) -> Response:
        """Answer `GET /metrics`."""
        del request
        # Here, where all is counted; the rest reads files, with several workers.
        self._tallies.flush()
        text = await asyncio.to_thread(self._written)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _note_remaining(self, remaining: int) -> None:
        seen, until = self._scarcest
        now = time.monotonic()
        if remaining <= seen or now > until:
            self._scarcest = (remaining, now + _SCARCE_FOR)
            self._remaining.set(remaining)

    @cached_property
    def _remaining(self) -> Gauge:
        # Made when there is something to tell: before that it would say that nothing remains.
        what = "The least that Vapi's rate limits left any account in the last minute."
        return self._gauge("upstream_ratelimit_remaining", what, "livemin")

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"vapi_mcp_{name}", what, labels, registry=self._registry)

    def _histogram(self, name: str, what: str, *labels: str) -> Histogram:
        full = f"vapi_mcp_{name}"
        return Histogram(full, what, labels, buckets=_BUCKETS, registry=self._registry)

    def _gauge(self, name: str, what: str, mode: Literal["livesum", "livemin"]) -> Gauge:
        full = f"vapi_mcp_{name}"
        return Gauge(full, what, multiprocess_mode=mode, registry=self._registry)

"""Audit rows of MCP requests."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.audit.arguments import redact
from vapi_mcp.audit.entry import LogEntry, OutcomeKind
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.protocol.calls.client_name import ClientName
from vapi_mcp.protocol.discovery import seen_through
from vapi_mcp.protocol.json_rpc import MessageId
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.protocol.results import with_note
from vapi_mcp.registry.registry import Registry
from vapi_mcp.security.redaction import concealed

if TYPE_CHECKING:
    from mcp.server.context import HandlerResult

# What nginx made usual for a client that left before its answer.
_LEFT = 499
_OWN_FAILURE = HTTPStatus.INTERNAL_SERVER_ERROR
_LONGEST_WORD = 100
_LONGEST_MESSAGE = 300
_NOT_KEPT = "The audit log could not be written in time; this server's own log has the entry."


@dataclass(frozen=True, slots=True)
class End:
    """How a request ended: its status, and the message of a failure."""

    status: int = HTTPStatus.OK
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRequest:
    """A request as the audit log sees it, whichever lane answers it.

    client: returns who sent it. source: the address it came from; a pipe has none.
    """

    id: MessageId | None
    method: str
    params: Mapping[str, Any]
    grant: Grant
    client: Callable[[], ClientName]
    source: str | None
    record: RequestRecord = field(default_factory=RequestRecord)
    begun: float = field(default_factory=time.perf_counter)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that no row may have."""
        return (self.grant.account.credential.secret,)

    def clean(self, text: str | None, most: int = _LONGEST_WORD) -> str | None:
        """Return a text cut and without secrets."""
        return None if text is None else concealed(text, most, self.secrets)


def failure_of(error: Exception) -> End:
    """Return how a request ended that failed; the error's own text may quote anything."""
    return End(HTTPStatus.INTERNAL_SERVER_ERROR, type(error).__name__)


class AuditTrail:
    """Records every MCP request of both lanes.

    A write is recorded durably before its answer goes out, everything else within a second, and so
    is a request whose client left. on_finished: is called for every request, whether its entry is
    written or not.
    """

    def __init__(
        self,
        audit_writer: AuditWriter,
        registry: Registry,
        *,
        on_finished: Callable[[LogEntry, RequestRecord], None] | None = None,
    ) -> None:
        self._audit_writer = audit_writer
        self._registry = registry
        self._on_finished = on_finished or (lambda *_: None)

    async def audited(
        self,
        request: AuditedRequest,
        answer: Callable[[], Awaitable[HandlerResult]],
        *,
        read_failure: Callable[[Exception], End] = failure_of,
    ) -> HandlerResult:
        """Answer a request, and record what became of it.

        read_failure: returns how a request ended that raised an error.
        """
        record = request.record
        try:
            result = await answer()
        except asyncio.CancelledError:
            await self._record(request, End(_LEFT))
            raise
        except Exception as error:
            end = explained("a failure", partial(read_failure, error), End(_OWN_FAILURE))
            await self._record(request, end, durable=record.writes)
            raise
        end = explained("an outcome", lambda: _ended(record, result), End(_status_of(record)))
        if await self._record(request, end, durable=record.writes):
            return result
        where = request.grant.notes
        return explained("a note", lambda: with_note(result, _NOT_KEPT, where), result)

    async def _record(self, request: AuditedRequest, end: End, *, durable: bool = False) -> bool:
        entry = explained("a row of the audit log", lambda: self._entry(request, end), None)
        entry = entry or _bare(request, end)
        explained("metrics", partial(self._on_finished, entry, request.record), None)
        return await self._audit_writer.record(entry, durable=durable)

    def _entry(self, request: AuditedRequest, end: End) -> LogEntry:
        grant, record = request.grant, request.record
        outcome = record.outcome
        client = request.client()
        name, arguments = _call_in(request)
        tool = record.tool or (self._registry.tools.get(name) if name else None)
        arguments = arguments if record.arguments is None else record.arguments
        ids = _ids_of(record, request)
        return LogEntry(
            log_type="mcp",
            status=int(end.status),
            tenant_id=grant.account.tenant_id,
            account_id=grant.account.id,
            server_id=grant.server.id,
            request_id=_id_of(request),
            mcp_method=request.clean(request.method),
            tool_name=tool.name if tool else request.clean(name),
            resource=tool.spec.resource if tool else None,
            method=tool.spec.method if tool else None,
            client_name=request.clean(client.name),
            client_version=request.clean(client.version),
            duration=_milliseconds(time.perf_counter() - request.begun),
            upstream_duration=_milliseconds(outcome.upstream_seconds if outcome else None),
            upstream_id=ids[0] if ids else None,
            upstream_ids=ids or None,
            outcome=outcome.kind if outcome else _kind_of(record, end.status),
            token_id=grant.api_token and grant.api_token.id,
            token_name=grant.api_token and grant.api_token.name,
            actor=grant.api_token and grant.api_token.id,
            source_address=request.source,
            idempotency_key_hash=_hash_of(arguments, "idempotency_key"),
            confirmation_code_hash=_hash_of(arguments, "confirmation_code"),
            cost=outcome.cost if outcome else None,
            tokens=outcome.tokens if outcome else None,
            change_id=outcome.change_id if outcome else None,
            arguments=explained("arguments", lambda: _redacted(arguments, request), None),
            message=request.clean(end.message, _LONGEST_MESSAGE),
        )


def _id_of(request: AuditedRequest) -> str | None:
    text = str(request.id)
    # A number holds no secret.
    return text if type(request.id) is int else request.clean(text)


def _bare(request: AuditedRequest, end: End) -> LogEntry:
    """Return the row of a request whose full row cannot be built."""
    grant, tool = request.grant, request.record.tool
    return LogEntry(
        log_type="mcp",
        status=int(end.status),
        tenant_id=grant.account.tenant_id,
        account_id=grant.account.id,
        server_id=grant.server.id,
        tool_name=tool.name if tool else None,
        resource=tool.spec.resource if tool else None,
        method=tool.spec.method if tool else None,
        duration=_milliseconds(time.perf_counter() - request.begun),
    )


def _redacted(arguments: Mapping[str, Any] | None, request: AuditedRequest) -> Any:
    return None if arguments is None else redact(arguments, request.secrets)


def _kind_of(record: RequestRecord, status: int) -> OutcomeKind:
    """Return what became of a request that no tool finished."""
    if status < HTTPStatus.BAD_REQUEST:
        return "answered"
    if status < _LEFT:
        return "refused"
    return "unknown" if record.writes else "failed"


def _hash_of(arguments: Mapping[str, Any] | None, name: str) -> str | None:
    """Return the SHA-256 of an argument that is only kept as stars."""
    value = arguments.get(name) if arguments else None
    if not isinstance(value, str):
        return None
    return hashlib.sha256(value.encode(errors="replace")).hexdigest()


def _ids_of(record: RequestRecord, request: AuditedRequest) -> tuple[str, ...]:
    """Return the ids of what a call read or changed; before it ended, the one it names."""
    named = (record.arguments or {}).get("id")
    found = record.outcome.upstream_ids if record.outcome else (named,)
    return tuple(
        concealed(each, _LONGEST_WORD, request.secrets) for each in found if isinstance(each, str)
    )


def _status_of(record: RequestRecord) -> int:
    return record.outcome.status if record.outcome else HTTPStatus.OK


def _call_in(request: AuditedRequest) -> tuple[str | None, Mapping[str, Any] | None]:
    """Return the tool a request names, if any, and its arguments, as the client sent them."""
    name, arguments = request.params.get("name"), request.params.get("arguments")
    if request.method != "tools/call":
        return None, arguments if isinstance(arguments, dict | Mapping) else None
    meant, given = seen_through(name, arguments)
    return str(meant or name), given if isinstance(given, dict | Mapping) else None


def _ended(record: RequestRecord, result: HandlerResult) -> End:
    if not isinstance(result, dict | Mapping) or result.get("isError") is not True:
        return End(_status_of(record))
    # The text of a refusal is the house's error object, and small.
    error: dict[str, Any] = orjson.loads(result["content"][0]["text"])
    return End(error["statusCode"], error["message"])


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)

"""What is remembered of every MCP request and every change by an administrator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias
from uuid import uuid4

import orjson

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.pagination import Page, Place, Window
from vapi_mcp.audit.retention import Quota
from vapi_mcp.rfc3339 import write_moment

LogType: TypeAlias = Literal["mcp", "admin"]
Outcome: TypeAlias = Literal[
    "sent", "dry_run", "asked", "refused", "replayed", "unknown", "read", "answered", "failed"
]

_EXPORTED_AT_ONCE = 500
_LINE = orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One row of the audit log. It holds no secret: arguments come redacted.

    log_type: `mcp` for a request to an MCP server, `admin` for a change or an expiry.
    request_id: the JSON-RPC id as text. status: the HTTP status that tells best how it ended,
    also where the answer itself was a tool result. duration, upstream_duration: milliseconds.
    outcome: what became of it: a write was `sent`, tried as `dry_run`, stopped because its user was
    `asked`, `refused`, `replayed` from its key, or it is `unknown` whether it was done; a tool
    `read`; `answered` is any other request, and `failed` what got no usable answer.
    upstream_id: the first id of what a call read or changed at Vapi; upstream_ids: all of them.
    cost: US dollars, as Vapi says; None until it is known. token_id, token_name: the API token
    that a request brought. source_address: where it came from.
    idempotency_key_hash, confirmation_code_hash: SHA-256, to search by.
    action: of an `admin` entry, such as `server.created` or `server.expired`; actor: the id of
    the API token it was done with, or `command line`, or `clock`.
    """

    log_type: LogType
    status: int
    id: str = field(default_factory=lambda: str(uuid4()))
    created_at: datetime = field(default_factory=utc_now)
    tenant_id: str | None = None
    account_id: str | None = None
    server_id: str | None = None
    request_id: str | None = None
    mcp_method: str | None = None
    tool_name: str | None = None
    resource: str | None = None
    method: str | None = None
    client_name: str | None = None
    client_version: str | None = None
    duration: float | None = None
    upstream_duration: float | None = None
    upstream_id: str | None = None
    upstream_ids: tuple[str, ...] | None = None
    outcome: Outcome | None = None
    token_id: str | None = None
    token_name: str | None = None
    source_address: str | None = None
    idempotency_key_hash: str | None = None
    confirmation_code_hash: str | None = None
    cost: float | None = None
    arguments: Mapping[str, Any] | None = None
    message: str | None = None
    action: str | None = None
    actor: str | None = None


def wire_entry(entry: LogEntry) -> dict[str, Any]:
    """Return the JSON object of an entry, as the API, the command line and an export have it."""
    return {
        "id": entry.id,
        "log_type": entry.log_type,
        "created_at": write_moment(entry.created_at),
        "tenant_id": entry.tenant_id,
        "integrated_account_id": entry.account_id,
        "mcp_server_id": entry.server_id,
        "request_id": entry.request_id,
        "mcp_method": entry.mcp_method,
        "tool_name": entry.tool_name,
        "resource": entry.resource,
        "method": entry.method,
        "client_name": entry.client_name,
        "client_version": entry.client_version,
        "http_status_code": entry.status,
        "duration": entry.duration,
        "fetch_duration": entry.upstream_duration,
        "outcome": entry.outcome,
        "token_id": entry.token_id,
        "token_name": entry.token_name,
        "source_address": entry.source_address,
        "idempotency_key_hash": entry.idempotency_key_hash,
        "confirmation_code_hash": entry.confirmation_code_hash,
        "upstream_id": entry.upstream_id,
        "upstream_ids": entry.upstream_ids,
        "cost": entry.cost,
        "arguments": entry.arguments,
        "message": entry.message,
        "action": entry.action,
        "actor": entry.actor,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which entries are wanted; None asks for nothing. Moments: from `since` until before `until`.

    statuses: a range such as (400, 499), both ends within it. upstream_id: any of an entry's ids.
    """

    log_type: LogType | None = None
    tenant_id: str | None = None
    account_id: str | None = None
    server_id: str | None = None
    request_id: str | None = None
    mcp_method: str | None = None
    tool_name: str | None = None
    resource: str | None = None
    method: str | None = None
    client_name: str | None = None
    client_version: str | None = None
    action: str | None = None
    actor: str | None = None
    outcome: str | None = None
    token_id: str | None = None
    token_name: str | None = None
    source_address: str | None = None
    idempotency_key_hash: str | None = None
    confirmation_code_hash: str | None = None
    upstream_id: str | None = None
    statuses: tuple[int, int] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def values(self) -> Mapping[str, str]:
        """What is asked of single fields, by the name of the field; not of upstream_id."""
        given = {name: getattr(self, name) for name in _COMPARED}
        return {name: value for name, value in given.items() if value is not None}

    def wants(self, entry: LogEntry) -> bool:
        """Say whether an entry is wanted."""
        least, most = self.statuses or (entry.status, entry.status)
        return (
            all(getattr(entry, name) == value for name, value in self.values.items())
            and self.upstream_id in (None, entry.upstream_id, *(entry.upstream_ids or ()))
            and least <= entry.status <= most
            and (self.since is None or self.since <= entry.created_at)
            and (self.until is None or entry.created_at < self.until)
        )


_OTHERS = ("statuses", "since", "until", "upstream_id")
_COMPARED = tuple(f.name for f in fields(LogFilter) if f.name not in _OTHERS)


class LogReader(Protocol):
    """What entries can be read from."""

    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the wanted entries, newest first; raises StoreError when it fails."""
        ...


class AuditLog(LogReader, Protocol):
    """Where entries are kept. Any method raises StoreError when it fails."""

    async def add_entries(self, entries: Sequence[LogEntry]) -> None:
        """Keep entries, durably once this returns; one whose id is there already is left out."""
        ...

    async def count_entries(self) -> int:
        """Return how many entries there are."""
        ...

    async def delete_entries(self, before: datetime, limit: int, quota: Quota) -> int:
        """Delete at most `limit` entries older than a moment; return how many there were.

        The quota is one for all processes, and outlives them.
        """
        ...


async def export(log: LogReader, wanted: LogFilter) -> AsyncIterator[bytes]:
    """Yield the wanted entries as NDJSON, newest first, whole lines at a time.

    Entries that arrive meanwhile are not in it, and memory does not grow with the log.
    """
    after: Place | None = None
    while True:
        page = await log.list_entries(wanted, Window(limit=_EXPORTED_AT_ONCE, after=after))
        lines = (orjson.dumps(wire_entry(entry), option=_LINE) for entry in page.items)
        yield b"".join(lines)
        after = page.next
        if after is None:
            return

"""Use cases of the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.admin.tenants import not_found
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.audit.ports import export
from vapi_mcp.audit.summary import MOST_ENTRIES, Summary, summarise
from vapi_mcp.audit.writer import AuditWriter


class LogUseCases:
    """What an administrator does with the audit log."""

    def __init__(self, audit_writer: AuditWriter) -> None:
        self._audit_writer = audit_writer

    async def list(self, actor: ApiToken, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the log, of the actor's tenant only where it has one."""
        if actor.tenant_id is not None:
            if wanted.tenant_id not in (None, actor.tenant_id):
                return Page(())
            wanted = replace(wanted, tenant_id=actor.tenant_id)
        return await self._audit_writer.list_entries(wanted, window)

    async def get(self, actor: ApiToken, entry_id: str) -> LogEntry:
        """Return an entry.

        Raises:
            AdminError: 404, it does not exist for the actor, or not any more.
        """
        entry = await self._audit_writer.find_entry(entry_id)
        if entry is None or actor.tenant_id not in (None, entry.tenant_id):
            raise not_found("entry of the log")
        return entry

    async def summary(
        self, actor: ApiToken, wanted: LogFilter, since: date, until: date
    ) -> Summary:
        """Return the log in figures, from one day until another, both of them included."""
        begin = datetime.combine(since, time(), UTC)
        end = datetime.combine(until + timedelta(days=1), time(), UTC)
        wanted = replace(wanted, since=wanted.since or begin, until=wanted.until or end)
        if actor.tenant_id is not None:
            if wanted.tenant_id not in (None, actor.tenant_id):
                return summarise((), since, until)
            wanted = replace(wanted, tenant_id=actor.tenant_id)
        figures = await self._audit_writer.read_figures(wanted, MOST_ENTRIES)
        return summarise(figures, since, until)

    def export(self, actor: ApiToken, wanted: LogFilter) -> AsyncIterator[bytes]:
        """Return what `list` lists, all of it, as NDJSON."""
        return export(_VisibleLog(self, actor), wanted)


@dataclass(frozen=True, slots=True)
class _VisibleLog:
    log: LogUseCases
    actor: ApiToken

    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        return await self.log.list(self.actor, wanted, window)

"""All use cases of an administrator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import ApiToken, Upstreams
from vapi_mcp.admin.accounts import AccountAdministration
from vapi_mcp.admin.api_tokens import TokenAdministration
from vapi_mcp.admin.base_urls import BaseUrls
from vapi_mcp.admin.key_check import KeyCheck
from vapi_mcp.admin.part import Means
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.servers import ServerAdministration
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.audit.ports import export
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.registry.registry import Registry

COMMAND_LINE = ApiToken("command line", "command line", "admin")


class Administration(AccountAdministration, ServerAdministration, TokenAdministration):
    """Everything an administrator can do, over HTTP or in a shell.

    Each method takes the actor first: the API token it is done with, or `COMMAND_LINE`. Changes
    are in the journal before a method returns. Any method raises AdminError for what cannot be
    done and StoreError when the store fails.
    """

    def __init__(
        self,
        store: Store,
        audit_writer: AuditWriter,
        registry: Registry,
        check_key: KeyCheck,
        *,
        clock: Clock = utc_now,
        upstreams: Upstreams | None = None,
        allow_private_upstream: bool = False,
        allowed_upstream_hosts: Iterable[str] = (),
    ) -> None:
        """Take the parts; the last two say which base URLs accounts may have (`BaseUrls`)."""
        upstreams = upstreams or Upstreams()
        base_urls = BaseUrls(
            upstreams, hosts=allowed_upstream_hosts, allow_loopback=allow_private_upstream
        )
        super().__init__(
            Means(store, audit_writer, registry, check_key, clock, upstreams, base_urls)
        )

    async def list_log(self, actor: ApiToken, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        """Return a page of the log, of the actor's tenant only where it has one."""
        if actor.tenant_id is not None:
            if wanted.tenant_id not in (None, actor.tenant_id):
                return Page(())
            wanted = replace(wanted, tenant_id=actor.tenant_id)
        return await self._means.audit_writer.list_entries(wanted, window)

    def export_log(self, actor: ApiToken, wanted: LogFilter) -> AsyncIterator[bytes]:
        """Return what `list_log` lists, all of it, as NDJSON."""
        return export(_VisibleLog(self, actor), wanted)


@dataclass(frozen=True, slots=True)
class _VisibleLog:
    administration: Administration
    actor: ApiToken

    async def list_entries(self, wanted: LogFilter, window: Window) -> Page[LogEntry]:
        return await self.administration.list_log(self.actor, wanted, window)

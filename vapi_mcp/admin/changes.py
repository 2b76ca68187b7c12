"""The audit log's entries about an administrator's changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.writer import AuditWriter

# As the admin API answers; any other change is a 200.
_STATUSES = {"created": 201, "deleted": 204}


class ChangeLog:
    """Records changes in the audit log, each before anyone learns that it is made."""

    def __init__(self, audit_writer: AuditWriter, clock: Clock) -> None:
        self._audit_writer = audit_writer
        self._clock = clock

    async def record(
        self,
        actor: ApiToken,
        action: str,
        arguments: Mapping[str, Any],
        *,
        tenant_id: str | None,
        account_id: str | None = None,
        server_id: str | None = None,
        change_id: str | None = None,
    ) -> None:
        """Record one change; it is in the store when this returns.

        action: what was changed and how, such as `server.created`. change_id: of the kept change
        of an object that came of it.
        """
        entry = LogEntry(
            log_type="admin",
            status=_STATUSES.get(action.partition(".")[2], 200),
            created_at=self._clock(),
            action=action,
            actor=actor.id,
            token_id=actor.id,
            token_name=actor.name,
            outcome="sent",
            arguments=arguments,
            tenant_id=tenant_id,
            account_id=account_id,
            server_id=server_id,
            change_id=change_id,
        )
        await self._audit_writer.record(entry, durable=True)

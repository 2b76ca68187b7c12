"""What the use cases share: their parts, and the tenant of an actor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.records import Account, ApiToken, Upstreams
from vapi_mcp.admin.base_urls import BaseUrls
from vapi_mcp.admin.key_check import KeyCheck
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.errors import AdminError
from vapi_mcp.registry.registry import Registry


@dataclass(frozen=True, slots=True)
class Means:
    """What administering needs."""

    store: Store
    audit_writer: AuditWriter
    registry: Registry
    check_key: KeyCheck
    clock: Clock
    upstreams: Upstreams
    base_urls: BaseUrls


class AdminPart:
    """The methods of the administration about one noun.

    An actor bound to a tenant sees and makes that tenant's things only; to it, others are not
    there.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._store = means.store

    async def _visible(self, actor: ApiToken, account_id: str) -> Account:
        account = await self._store.get_account(account_id, tenant_id=actor.tenant_id)
        if account is None:
            raise not_found("account")
        return account

    async def _note(
        self,
        actor: ApiToken,
        action: str,
        status: int,
        arguments: Mapping[str, Any],
        *,
        tenant_id: str | None,
        account_id: str | None = None,
        server_id: str | None = None,
    ) -> None:
        """Write down a change that is made, before anybody hears that it is."""
        entry = LogEntry(
            log_type="admin",
            status=status,
            created_at=self._means.clock(),
            action=action,
            actor=actor.id,
            token_id=actor.id,
            token_name=actor.name,
            outcome="sent",
            arguments=arguments,
            tenant_id=tenant_id,
            account_id=account_id,
            server_id=server_id,
        )
        await self._means.audit_writer.record(entry, durable=True)


def not_found(noun: str) -> AdminError:
    """Return the error for what is not there, or not for this actor."""
    return AdminError(f"there is no {noun} with this id", status=404)


def tenant_for(actor: ApiToken, wanted: str | None) -> str | None:
    """Return the tenant of what an actor makes: its own where it has one.

    Raises:
        AdminError: 400; it asked for another's.
    """
    if actor.tenant_id is not None and wanted not in (None, actor.tenant_id):
        raise failed("tenant_id", "this API token is bound to another tenant")
    return actor.tenant_id or wanted

"""The composition of the admin use cases, for HTTP and for commands."""

from __future__ import annotations

from collections.abc import Callable

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.accounts.records import Upstreams
from vapi_mcp.admin.access.api_tokens import ApiTokenUseCases
from vapi_mcp.admin.access.keys import KeyRotation, KeyUseCases
from vapi_mcp.admin.access.oauth_grants import OAuthGrantUseCases
from vapi_mcp.admin.access.sessions import SessionUseCases
from vapi_mcp.admin.accounts import AccountUseCases
from vapi_mcp.admin.admin import Administration
from vapi_mcp.admin.base_urls import BaseUrls
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.key_check import KeyCheck
from vapi_mcp.admin.log import LogUseCases
from vapi_mcp.admin.object_changes import ObjectChangeUseCases
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.servers import ServerUseCases
from vapi_mcp.admin.usage.analytics import Sender
from vapi_mcp.admin.usage.use_cases import UsageUseCases
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.invocation.writes.undo.restorer import Restorer
from vapi_mcp.registry.registry import Registry
from vapi_mcp.settings import Settings


def administration_of(
    store: Store,
    audit_writer: AuditWriter,
    *,
    settings: Settings,
    registry: Registry,
    check_key: KeyCheck,
    sender: Sender,
    upstreams: Upstreams,
    rotation: KeyRotation | None = None,
    open_restorer: Callable[[], Restorer],
    clock: Clock = utc_now,
) -> Administration:
    """Return the use cases of an administrator over a store.

    sender: the way of its requests to Vapi. rotation: the rotation of its keys, where they are to
    be rotated.
    """
    base_urls = BaseUrls(
        upstreams,
        hosts=settings.allowed_upstream_hosts,
        allow_loopback=settings.allow_private_upstream,
    )
    changes = ChangeLog(audit_writer, clock)
    return Administration(
        AccountUseCases(store, changes, check_key, base_urls, clock),
        ServerUseCases(store, changes, registry, clock),
        ApiTokenUseCases(store, changes, clock),
        LogUseCases(audit_writer),
        SessionUseCases(store, changes, clock),
        KeyUseCases(changes, rotation),
        ObjectChangeUseCases(store, changes, registry, upstreams, open_restorer),
        OAuthGrantUseCases(store, changes),
        UsageUseCases(store, sender, upstreams, clock),
    )

"""What a tool changed at Vapi: the object before and after, and where such records are kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from vapi_mcp.accounts.pagination import Page, Window

PREFIX = "vapi-change-"
Kept: TypeAlias = Literal["whole", "changed", "unread", "withheld", "oversized"]
Effect: TypeAlias = Literal["update", "delete", "create"]
State: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChange:
    """One update or deletion of one object, or a creation that takes a deletion back.

    kept: `whole` objects, only the `changed` properties, or no object: it was `unread` (it could
    not be read before), `withheld` (a deleted conversation) or `oversized`. place: the values in
    its path. after: None for a deletion, and where `outcome` is unknown. actor: the API token of
    the call. restores: the change that this one takes back; restored_by: the one that took this
    back.
    """

    id: str
    created_at: datetime
    expires_at: datetime
    tenant_id: str | None
    account_id: str
    server_id: str
    tool: str
    effect: Effect
    resource: str
    object_id: str
    kept: Kept
    outcome: Literal["done", "unknown"] = "done"
    actor: str | None = None
    token_name: str | None = None
    restores: str | None = None
    restored_by: str | None = None
    place: Mapping[str, str] = field(default_factory=dict[str, str])
    before: State | None = None
    after: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which changes; None asks for nothing."""

    tenant_id: str | None = None
    account_id: str | None = None
    server_id: str | None = None
    tool: str | None = None
    object_id: str | None = None

    @property
    def asked(self) -> dict[str, str]:
        """The fields that are asked for, with their values."""
        names = ("tenant_id", "account_id", "server_id", "tool", "object_id")
        given = {name: getattr(self, name) for name in names}
        return {name: value for name, value in given.items() if value is not None}

    def wants(self, change: ObjectChange) -> bool:
        """Return whether a change is one of these."""
        return all(getattr(change, name) == value for name, value in self.asked.items())


class ChangeRecords(Protocol):
    """The changes of a store. Any method raises StoreError."""

    async def add_change(self, change: ObjectChange) -> None:
        """Keep a change, durably once this returns."""
        ...

    async def find_change(self, change_id: str) -> ObjectChange | None:
        """Return a change with its objects, if it is there."""
        ...

    async def list_changes(self, wanted: ChangeFilter, window: Window) -> Page[ObjectChange]:
        """Return a page of changes, newest first, without their objects."""
        ...

    async def note_restored(self, change_id: str, restored_by: str) -> None:
        """Note which change took a change back."""
        ...

    async def delete_old_changes(self, now: datetime, limit: int) -> int:
        """Delete at most `limit` changes whose time is over; return how many there were."""
        ...


OpenChanges: TypeAlias = Callable[[], Awaitable[ChangeRecords]]

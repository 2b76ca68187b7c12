"""Use cases of the key ring that encrypts the stored Vapi keys."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, Protocol

from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.errors import AdminError, ConfigurationError

_OF_ALL = "this API token is bound to a tenant; the keys encrypt the accounts of all tenants"


@dataclass(frozen=True, slots=True)
class KeyRingState:
    """The keys: where they are, and how many; more than one during a rotation only.

    needs_shared_file: whether a rotation has to be told that all replicas read the key file.
    """

    place: Literal["file", "setting"]
    count: int
    needs_shared_file: bool = False


class KeyRotation(Protocol):
    """The rotation of the keys of an installation."""

    @property
    def state(self) -> KeyRingState:
        """The keys as they are now."""
        ...

    async def rotate(self, *, has_shared_file: bool = False) -> int:
        """Replace the first key, and return how many accounts are encrypted with the new one.

        has_shared_file: whether all replicas read the key file.

        Raises:
            ConfigurationError: The keys cannot be rotated; it says what to do.
            StoreError: The store failed; another rotation goes on from there.
        """
        ...


class KeyUseCases:
    """What an administrator of everything does with the keys."""

    def __init__(self, changes: ChangeLog, rotation: KeyRotation | None) -> None:
        self._changes = changes
        self._rotation = rotation

    def state(self, actor: ApiToken) -> KeyRingState | None:
        """Return the keys; None where they are not the actor's, or nothing is kept."""
        return self._rotation.state if self._rotation and actor.tenant_id is None else None

    async def rotate(self, actor: ApiToken, *, has_shared_file: bool = False) -> int:
        """Replace the key and return how many accounts are encrypted with the new one.

        It takes about 20 seconds; requests go on meanwhile.

        Raises:
            AdminError: 403, the actor is bound to a tenant; 409, the keys cannot be rotated.
        """
        if actor.tenant_id is not None or self._rotation is None:
            raise AdminError(_OF_ALL, status=HTTPStatus.FORBIDDEN)
        try:
            count = await self._rotation.rotate(has_shared_file=has_shared_file)
        except ConfigurationError as error:
            raise AdminError(str(error), status=HTTPStatus.CONFLICT) from error
        await self._changes.record(actor, "keys.rotated", {"accounts": count}, tenant_id=None)
        return count

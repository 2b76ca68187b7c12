"""Use cases of the grants that people gave to clients of OAuth."""

from __future__ import annotations

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.tenants import not_found
from vapi_mcp.oauth.ports import OAuthGrants
from vapi_mcp.oauth.records import OAuthGrant


class OAuthGrantUseCases:
    """What an administrator does with grants; people make them at the authorization page."""

    def __init__(self, store: OAuthGrants, changes: ChangeLog) -> None:
        self._store = store
        self._changes = changes

    async def list(self, actor: ApiToken, window: Window) -> Page[OAuthGrant]:
        """Return a page of the grants of the accounts the actor sees."""
        return await self._store.list_oauth_grants(window, tenant_id=actor.tenant_id)

    async def delete(self, actor: ApiToken, grant_id: str) -> None:
        """Delete a grant: its client has to sign in again.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        grant = await self._store.delete_oauth_grant(grant_id, tenant_id=actor.tenant_id)
        if grant is None:
            raise not_found("OAuth grant")
        await self._changes.record(
            actor,
            "oauth_grant.deleted",
            {"oauth_grant_id": grant.id, "client_id": grant.client_id},
            tenant_id=actor.tenant_id,
            account_id=grant.account_id,
            server_id=grant.server_id,
        )

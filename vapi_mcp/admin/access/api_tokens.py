"""Use cases of API tokens."""

from __future__ import annotations

from uuid import uuid4

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.ports import AccessRecords
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.admin.access.reach import Reach, reach_of
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.requests import NewApiToken
from vapi_mcp.admin.tenants import not_found, tenant_for
from vapi_mcp.admin.validation_errors import failed
from vapi_mcp.errors import AdminError
from vapi_mcp.security.tokens import API_PREFIX, new_token, token_hash

# The answer to an actor that may only read.
READ_ONLY = "this API token is read-only; use one that may change things"


class ApiTokenUseCases:
    """What an administrator does with API tokens."""

    def __init__(self, store: AccessRecords, changes: ChangeLog, clock: Clock) -> None:
        self._store = store
        self._changes = changes
        self._clock = clock

    async def create(self, actor: ApiToken, request: NewApiToken) -> tuple[ApiToken, str]:
        """Create an API token and return it with its secret, which nothing shows again.

        An admin token is bound to a tenant at most, one bound to a server names the account too.

        Raises:
            AdminError: 400, a value is wrong, or the token would be bound to what does not exist.
        """
        token = ApiToken(
            str(uuid4()),
            request.name,
            request.kind,
            tenant_id=tenant_for(actor, request.tenant_id),
            account_id=request.integrated_account_id,
            server_id=request.mcp_server_id,
            read_only=request.read_only,
            created_at=self._clock(),
        )
        await self._check_binding(token)
        secret = new_token(API_PREFIX)
        if not await self._store.add_api_token(token, token_hash(secret)):
            raise _unbindable("mcp_server_id" if token.server_id else "integrated_account_id")
        await self._changes.record(
            actor,
            "api_token.created",
            {"api_token_id": token.id, "name": token.name, "kind": token.kind},
            tenant_id=token.tenant_id,
            account_id=token.account_id,
            server_id=token.server_id,
        )
        return token, secret

    async def list(self, actor: ApiToken, window: Window) -> Page[ApiToken]:
        """Return a page of the API tokens the actor sees."""
        return await self._store.list_api_tokens(window, tenant_id=actor.tenant_id)

    async def get(self, actor: ApiToken, token_id: str) -> ApiToken:
        """Return an API token.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        token = await self._store.get_api_token(token_id, tenant_id=actor.tenant_id)
        if token is None:
            raise not_found("API token")
        return token

    async def reach(self, actor: ApiToken, token_id: str) -> Reach:
        """Return what an API token reaches; raises as `get` does."""
        return await reach_of(self._store, await self.get(actor, token_id), self._clock)

    async def delete(self, actor: ApiToken, token_id: str) -> None:
        """Delete an API token; it stops working at once.

        Raises:
            AdminError: 404, it does not exist for the actor; 409, it is the actor itself, which
                might be the last one that can create another.
        """
        if token_id == actor.id:
            message = "a token cannot delete itself; delete it with another, or in a shell"
            raise AdminError(message, status=409)
        if not await self._store.delete_api_token(token_id, tenant_id=actor.tenant_id):
            raise not_found("API token")
        arguments = {"api_token_id": token_id}
        await self._changes.record(actor, "api_token.deleted", arguments, tenant_id=actor.tenant_id)

    async def _check_binding(self, token: ApiToken) -> None:
        if token.read_only and token.kind != "admin":
            raise failed(
                "read_only",
                "only a token of kind admin can be read-only; for a server that only reads, set "
                "its config.methods to read",
            )
        if token.account_id is None:
            if token.server_id is not None:
                raise failed("integrated_account_id", "give the account of the server too")
            return
        if token.kind == "admin":
            raise failed(
                "kind",
                "a token of kind admin can be bound to a tenant, but not to an account or a server",
            )
        account = await self._store.get_account(token.account_id, tenant_id=token.tenant_id)
        if account is None:
            raise _unbindable("integrated_account_id")
        if token.server_id and not await self._store.get_server(account.id, token.server_id):
            raise _unbindable("mcp_server_id")


def _unbindable(path: str) -> AdminError:
    return failed(path, "there is no object with this id for this tenant")

"""The ports that OAuth needs: its records, documents of clients, and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, ApiToken, Server
from vapi_mcp.oauth.records import AuthorizationCode, OAuthClient, OAuthGrant, OAuthToken


class OAuthClients(Protocol):
    """The clients of a store."""

    async def put_oauth_client(self, client: OAuthClient) -> None:
        """Keep a client, or the newer state of one."""
        ...

    async def find_oauth_client(self, client_id: str) -> OAuthClient | None:
        """Return a client, if it is there."""
        ...

    async def count_oauth_clients(self) -> int:
        """Return the number of clients."""
        ...

    async def forget_oauth_clients(self, before: datetime, limit: int) -> int:
        """Delete clients older than a moment that have no grant, the oldest first."""
        ...


class OAuthGrants(Protocol):
    """The grants of a store. They end with their server, their account and their API token."""

    async def add_oauth_grant(self, grant: OAuthGrant, code: AuthorizationCode) -> bool:
        """Keep a grant with its code; False when its server or API token is gone."""
        ...

    async def get_oauth_grant(self, grant_id: str) -> OAuthGrant | None:
        """Return a grant, if it is there."""
        ...

    async def list_oauth_grants(
        self, window: Window, *, tenant_id: str | None = None
    ) -> Page[OAuthGrant]:
        """Return a page of grants, only those of the tenant's accounts where one is given."""
        ...

    async def delete_oauth_grant(
        self, grant_id: str, *, tenant_id: str | None = None
    ) -> OAuthGrant | None:
        """Delete a grant with its codes and tokens and return it; None: not there."""
        ...

    async def touch_oauth_grants(self, used: Mapping[str, datetime]) -> None:
        """Note when grants were last used, by id; a moment never goes back."""
        ...


class OAuthSecrets(Protocol):
    """The codes and tokens of a store, known by hash only."""

    async def find_oauth_code(self, code_hash: str) -> AuthorizationCode | None:
        """Return a code, used or not, if it is there."""
        ...

    async def find_oauth_token(self, token_hash: str) -> OAuthToken | None:
        """Return a token, replaced or not, if it is there."""
        ...

    async def exchange_oauth_code(
        self, code_hash: str, tokens: tuple[OAuthToken, ...], now: datetime
    ) -> bool:
        """Use a code and keep its tokens in one step; False: it was used, or its grant is gone."""
        ...

    async def replace_oauth_token(
        self, token_hash: str, tokens: tuple[OAuthToken, ...], now: datetime
    ) -> bool:
        """Note that a token was replaced, and keep the new ones; False: its grant is gone."""
        ...

    async def delete_oauth_token(self, token_hash: str) -> bool:
        """Delete one token; False: not there."""
        ...

    async def find_oauth_access(
        self, token_hash: str, now: datetime
    ) -> tuple[OAuthGrant, Server, Account] | None:
        """Return what a live access token opens: grant and server have not ended either."""
        ...


class GuardedServers(Protocol):
    """The servers that ask for a second token."""

    async def get_account(self, account_id: str, *, tenant_id: str | None = None) -> Account | None:
        """Return an account, if it is there for the tenant."""
        ...

    async def get_server(self, account_id: str, server_id: str) -> Server | None:
        """Return one of the account's servers, if it is there."""
        ...

    async def has_guarded_server(self, now: datetime) -> bool:
        """Return whether there is any."""
        ...

    async def list_guarded_servers(
        self, token: ApiToken, now: datetime, limit: int
    ) -> list[tuple[Server, Account]]:
        """Return those that an API token opens, by name."""
        ...


class OAuthRecords(OAuthClients, OAuthGrants, OAuthSecrets, GuardedServers, Protocol):
    """All that a store keeps for OAuth."""

    async def sweep_oauth(self, now: datetime, limit: int) -> int:
        """Delete expired codes and tokens, and grants that have ended or have nothing left.

        Returns the largest number deleted of one kind.
        """
        ...


@dataclass(frozen=True, slots=True)
class ClientDocument:
    """The metadata of a client as its URL gave it. max_age: seconds it may be kept, if said."""

    content: Mapping[str, Any]
    max_age: int | None = None


class ClientDocuments(Protocol):
    """Reads documents of clients from public https addresses."""

    async def read(self, url: str) -> ClientDocument:
        """Return a document.

        Raises:
            DocumentUnavailable: It cannot be read, or is no JSON object.
        """
        ...


class Changes(Protocol):
    """Records changes in the audit log."""

    async def record(
        self,
        actor: ApiToken,
        action: str,
        arguments: Mapping[str, Any],
        *,
        tenant_id: str | None,
        account_id: str | None = None,
        server_id: str | None = None,
    ) -> None:
        """Record one change; it is in the store when this returns."""
        ...

"""The ports that keep accounts, servers and API tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, ApiToken, Server


class Accounts(Protocol):
    """The accounts of a store. A tenant, where one is given, sees its own accounts only."""

    async def add_account(self, account: Account) -> None:
        """Keep a new account."""
        ...

    async def get_account(self, account_id: str, *, tenant_id: str | None = None) -> Account | None:
        """Return an account, if it is there for the tenant."""
        ...

    async def list_accounts(self, window: Window, *, tenant_id: str | None = None) -> Page[Account]:
        """Return a page of accounts."""
        ...

    async def update_account(
        self,
        account_id: str,
        change: Callable[[Account], Account],
        *,
        tenant_id: str | None = None,
    ) -> Account | None:
        """Replace an account by the result of `change`, and return that.

        No other update comes between; what `change` raises leaves everything as it was. The id
        and the moment of making stay.
        """
        ...

    async def delete_account(self, account_id: str, *, tenant_id: str | None = None) -> bool:
        """Delete an account with its servers and the tokens bound to them; False: not there."""
        ...


class Servers(Protocol):
    """The servers of a store. Their tokens are known by hash only."""

    async def add_server(self, server: Server, token_hash: str) -> bool:
        """Keep a new server; False when its account is not there, or no longer."""
        ...

    async def find_server(self, token_hash: str, now: datetime) -> tuple[Server, Account] | None:
        """Return the server with this token and the account behind it, if there is a live one.

        One that has expired costs as much, and looks the same, as one that never was.
        """
        ...

    async def get_server(self, account_id: str, server_id: str) -> Server | None:
        """Return one of the account's servers, if it is there."""
        ...

    async def list_servers(self, account_id: str, window: Window, now: datetime) -> Page[Server]:
        """Return a page of the account's servers that have not expired."""
        ...

    async def list_all_servers(
        self, window: Window, now: datetime, *, tenant_id: str | None = None
    ) -> Page[Server]:
        """Return a page of the servers of all accounts, or a tenant's, as `list_servers` does."""
        ...

    async def update_server(
        self, account_id: str, server_id: str, change: Callable[[Server], Server]
    ) -> Server | None:
        """Replace a server by the result of `change`; the rules are `update_account`'s.

        The account stays, and so does the moment of last use.
        """
        ...

    async def replace_token(
        self,
        account_id: str,
        server_id: str,
        token_hash: str,
        now: datetime,
        *,
        keep_links: bool = False,
    ) -> Server | None:
        """Give a server another token and return it as updated now; the old token is dead.

        Its media links are, too, unless `keep_links` is said.
        """
        ...

    async def delete_server(self, account_id: str, server_id: str) -> bool:
        """Delete a server with the tokens bound to it; False: not there."""
        ...

    async def touch_servers(self, used: Mapping[str, datetime]) -> None:
        """Note when servers were last used, by id; a moment never goes back."""
        ...


class ApiTokens(Protocol):
    """The API tokens of a store, known by hash only."""

    async def add_api_token(self, token: ApiToken, token_hash: str) -> bool:
        """Keep a new token; False when the account or server it is bound to is not there."""
        ...

    async def add_first_api_token(self, token: ApiToken, token_hash: str) -> bool:
        """Keep a token unless there is an admin one already; of two at once, one is kept."""
        ...

    async def find_api_token(self, token_hash: str) -> ApiToken | None:
        """Return the token with this hash, if there is one."""
        ...

    async def get_api_token(
        self, token_id: str, *, tenant_id: str | None = None
    ) -> ApiToken | None:
        """Return a token, if it is there for the tenant."""
        ...

    async def list_api_tokens(
        self, window: Window, *, tenant_id: str | None = None
    ) -> Page[ApiToken]:
        """Return a page of tokens, only those bound to the tenant where one is given."""
        ...

    async def delete_api_token(self, token_id: str, *, tenant_id: str | None = None) -> bool:
        """Delete a token; False: not there for the tenant."""
        ...

    async def touch_api_tokens(self, used: Mapping[str, datetime]) -> None:
        """Note when tokens were last used, by id; a moment never goes back."""
        ...


class AccessRecords(Accounts, Servers, ApiTokens, Protocol):
    """Accounts, servers and API tokens, and the number of their last change."""

    async def revision(self) -> int:
        """Return a number that grows when a grant may have changed or gone, in any process.

        Who holds a grant for long (an open stream) asks for it now and then, and resolves the
        token again when it has grown. Additions and moments of last use leave it alone.
        """
        ...

"""All use cases of OAuth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.oauth.authorization import AuthorizationService
from vapi_mcp.oauth.clients import ClientService
from vapi_mcp.oauth.ports import Changes, ClientDocuments, OAuthRecords
from vapi_mcp.oauth.tokens import TokenService


@dataclass(frozen=True, slots=True)
class OAuthServices:
    """What clients and people do."""

    clients: ClientService
    authorization: AuthorizationService
    tokens: TokenService

    @classmethod
    def over(
        cls,
        store: OAuthRecords,
        changes: Changes,
        documents: ClientDocuments,
        clock: Clock = utc_now,
    ) -> Self:
        """Return the use cases over a store; documents: what reads those of clients."""
        clients = ClientService(store, documents, clock)
        return cls(
            clients,
            AuthorizationService(store, clients, changes, clock),
            TokenService(store, changes, clock),
        )

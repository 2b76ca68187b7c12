"""The sign-in of OAuth as the guard of MCP sees it."""

from __future__ import annotations

from starlette.types import Scope

from vapi_mcp.accounts.records import Grant
from vapi_mcp.http.errors import Refusal
from vapi_mcp.http.oauth.addresses import addresses_of
from vapi_mcp.oauth.access import OAuthAccess


class OAuthSignIn:
    """Resolves access tokens, and tells clients without one where to sign in."""

    def __init__(self, access: OAuthAccess, public_url: str | None) -> None:
        self._access = access
        self._public_url = public_url

    async def is_offered(self) -> bool:
        """Return whether clients may sign in."""
        return await self._access.is_offered()

    def takes(self, token: str) -> bool:
        """Return whether a token is one of OAuth, live or not."""
        return self._access.takes(token)

    async def resolve(self, token: str, *, afresh: bool = False) -> Grant:
        """Return the grant of an access token; raises AccessError where it opens nothing."""
        return await self._access.resolve(token, afresh=afresh)

    def refusal(self, scope: Scope, token: str) -> Refusal:
        """Return the answer to a request without a live token."""
        return addresses_of(scope, self._public_url).sign_in_needed(token)

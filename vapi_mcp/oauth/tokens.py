"""Tokens of OAuth: codes become tokens, and refresh tokens become new ones."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.oauth.errors import OAuthError
from vapi_mcp.oauth.ports import Changes, OAuthRecords
from vapi_mcp.oauth.records import OAuthClient, OAuthGrant, OAuthToken, TokenUse
from vapi_mcp.oauth.redirects import matches
from vapi_mcp.security.tokens import OAUTH_PREFIX, new_token, token_hash

ACCESS_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=60)
# A client whose answer was lost sends its refresh token once more.
GRACE = timedelta(seconds=10)
# Who ends a grant when a secret of it comes a second time.
OAUTH: Final = ApiToken("oauth", "OAuth")


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """Tokens as a client gets them, once."""

    access: str
    refresh: str
    expires_in: int
    scopes: tuple[str, ...]


class TokenService:
    """Issues tokens, and ends grants whose secrets come twice."""

    def __init__(self, store: OAuthRecords, changes: Changes, clock: Clock) -> None:
        self._store = store
        self._changes = changes
        self._clock = clock

    async def exchange(
        self, client: OAuthClient, code: str, *, redirect_uri: str | None, verifier: str | None
    ) -> IssuedTokens:
        """Return tokens for a code.

        Raises:
            OAuthError: `invalid_grant`: the code is none, of another client or redirect, over, or
                used before, which also ends its grant.
        """
        now = self._clock()
        kept = await self._store.find_oauth_code(token_hash(code))
        if kept is None or kept.client_id != client.id:
            raise _invalid("this code is not valid")
        if kept.used_at is not None:
            await self._end(kept.grant_id, "an authorization code was used twice")
            raise _invalid("this code was used before; its grant has ended, sign in again")
        if now >= kept.expires_at:
            raise _invalid("this code is over; sign in again")
        if redirect_uri is not None and not matches(redirect_uri, kept.redirect_uri):
            raise _invalid("redirect_uri is not the one of the authorization request")
        if not _proves(verifier, kept.code_challenge):
            raise _invalid("code_verifier does not fit the code_challenge")
        grant = await self._live(kept.grant_id, now)
        issued, records = _issue(grant, now)
        if not await self._store.exchange_oauth_code(kept.code_hash, records, now):
            await self._end(kept.grant_id, "an authorization code was used twice")
            raise _invalid("this code was used before; its grant has ended, sign in again")
        return issued

    async def refresh(self, client: OAuthClient, token: str) -> IssuedTokens:
        """Return new tokens for a refresh token, which is used up by this.

        Raises:
            OAuthError: `invalid_grant`: the token is none, of another client, over, or was used
                before and not just now, which also ends its grant.
        """
        now = self._clock()
        kept = await self._store.find_oauth_token(token_hash(token))
        if kept is None or kept.use != "refresh" or now >= kept.expires_at:
            raise _invalid("this refresh token is not valid, or not any more; sign in again")
        grant = await self._live(kept.grant_id, now)
        if grant.client_id != client.id:
            raise _invalid("this refresh token is of another client")
        if kept.replaced_at is not None and now - kept.replaced_at > GRACE:
            await self._end(grant.id, "a refresh token was used twice")
            raise _invalid("this refresh token was used before; its grant has ended, sign in again")
        issued, records = _issue(grant, now)
        if not await self._store.replace_oauth_token(kept.token_hash, records, now):
            raise _invalid("the grant of this refresh token has ended; sign in again")
        return issued

    async def revoke(self, client: OAuthClient, token: str) -> None:
        """End an access token, or with a refresh token its whole grant; others are ignored."""
        kept = await self._store.find_oauth_token(token_hash(token))
        grant = kept and await self._store.get_oauth_grant(kept.grant_id)
        if kept is None or grant is None or grant.client_id != client.id:
            return
        if kept.use == "refresh":
            await self._end(grant.id, "its client revoked it")
        else:
            await self._store.delete_oauth_token(kept.token_hash)

    async def _live(self, grant_id: str, now: datetime) -> OAuthGrant:
        grant = await self._store.get_oauth_grant(grant_id)
        if grant is None or grant.has_ended(now):
            raise _invalid("this grant has ended; sign in again")
        server = await self._store.get_server(grant.account_id, grant.server_id)
        if server is None or server.is_expired(now):
            raise _invalid("the server of this grant has ended; sign in again")
        return grant

    async def _end(self, grant_id: str, reason: str) -> None:
        grant = await self._store.delete_oauth_grant(grant_id)
        if grant is not None:
            account = await self._store.get_account(grant.account_id)
            await self._changes.record(
                OAUTH,
                "oauth_grant.deleted",
                {"oauth_grant_id": grant.id, "client_id": grant.client_id, "reason": reason},
                tenant_id=account and account.tenant_id,
                account_id=grant.account_id,
                server_id=grant.server_id,
            )


def _issue(grant: OAuthGrant, now: datetime) -> tuple[IssuedTokens, tuple[OAuthToken, ...]]:
    access, refresh = new_token(OAUTH_PREFIX), new_token(OAUTH_PREFIX)
    ends = _earliest(now + ACCESS_LIFETIME, grant.ends_at)
    seconds = max(1, int((ends - now).total_seconds()))
    lasts = _earliest(now + REFRESH_LIFETIME, grant.ends_at)

    def record(secret: str, use: TokenUse, until: datetime) -> OAuthToken:
        return OAuthToken(token_hash(secret), grant.id, use, until, now)

    records = (record(access, "access", ends), record(refresh, "refresh", lasts))
    return IssuedTokens(access, refresh, seconds, grant.scopes), records


def _earliest(moment: datetime, other: datetime | None) -> datetime:
    return moment if other is None else min(moment, other)


def _proves(verifier: str | None, challenge: str) -> bool:
    digest = hashlib.sha256((verifier or "").encode()).digest()
    made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return bool(verifier) and hmac.compare_digest(made, challenge)


def _invalid(message: str) -> OAuthError:
    return OAuthError("invalid_grant", message)

"""Authorization: a client asks, a person decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.accounts.records import Account, ApiToken, Server
from vapi_mcp.oauth.clients import ClientService
from vapi_mcp.oauth.errors import OAuthError, RedirectedError, UnsafeRequest
from vapi_mcp.oauth.ports import Changes, OAuthRecords
from vapi_mcp.oauth.records import (
    OFFLINE,
    READ,
    SCOPES,
    AuthorizationCode,
    AuthorizationRequest,
    OAuthClient,
    OAuthGrant,
)
from vapi_mcp.oauth.redirects import host_of, matches
from vapi_mcp.security.tokens import OAUTH_PREFIX, new_token, token_hash

CODE_LIFETIME = timedelta(seconds=60)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_SERVERS = 200
_LONGEST_STATE = 4096


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: a server, and perhaps less than it allows."""

    server_id: str
    is_read_only: bool = False
    ends_at: datetime | None = None


class AuthorizationService:
    """Checks requests for authorization, and keeps what people grant."""

    def __init__(
        self, store: OAuthRecords, clients: ClientService, changes: Changes, clock: Clock
    ) -> None:
        self._store = store
        self._clients = clients
        self._changes = changes
        self._clock = clock

    async def begin(
        self, given: Mapping[str, Sequence[str]], resource: str
    ) -> tuple[AuthorizationRequest, OAuthClient]:
        """Check a request for authorization; resource: the one there is here.

        Raises:
            UnsafeRequest: Client or redirect is unknown: the person sees why.
            RedirectedError: Anything else is wrong: the client hears of it.
        """
        client = await self._client(_only(given, "client_id"))
        redirect_uri = _redirect(client, _only(given, "redirect_uri"))
        state = _only(given, "state")
        try:
            _check_kind(given)
            request = AuthorizationRequest(
                client.id,
                redirect_uri,
                _challenge(given),
                checked_resource(given, resource),
                asked_scopes(_only(given, "scope")),
                state,
            )
        except OAuthError as error:
            raise RedirectedError(
                error.code, error.message, redirect_uri=redirect_uri, state=state
            ) from None
        return request, client

    async def servers(self, token: ApiToken) -> list[tuple[Server, Account]]:
        """Return the guarded servers that a person may choose from."""
        return await self._store.list_guarded_servers(token, self._clock(), _MOST_SERVERS)

    async def approve(
        self, request: AuthorizationRequest, client: OAuthClient, token: ApiToken, choice: Choice
    ) -> str:
        """Keep a grant, and return the code for it.

        Raises:
            OAuthError: `access_denied`: the server or the token is not there, or no longer; or
                the end has passed.
        """
        now = self._clock()
        chosen = {s.id: a for s, a in await self.servers(token)}.get(choice.server_id)
        if chosen is None:
            raise OAuthError("access_denied", "this server is not there, or no longer")
        if choice.ends_at is not None and choice.ends_at <= now:
            raise OAuthError("access_denied", "the end of the access must be in the future")
        grant = _granted(request, client, token, choice, account=chosen, now=now)
        secret = new_token(OAUTH_PREFIX)
        code = AuthorizationCode(
            token_hash(secret),
            grant.id,
            client.id,
            request.redirect_uri,
            request.code_challenge,
            now + CODE_LIFETIME,
        )
        if not await self._store.add_oauth_grant(grant, code):
            raise OAuthError("access_denied", "the server or the API token was just deleted")
        await self._record(token, grant, chosen)
        return secret

    async def _client(self, client_id: str | None) -> OAuthClient:
        if client_id is None:
            raise UnsafeRequest("invalid_request", "the request names no client_id")
        try:
            return await self._clients.find(client_id)
        except OAuthError as error:
            raise UnsafeRequest(error.code, error.message) from None

    async def _record(self, token: ApiToken, grant: OAuthGrant, account: Account) -> None:
        await self._changes.record(
            token,
            "oauth_grant.created",
            {
                "oauth_grant_id": grant.id,
                "client_id": grant.client_id,
                "client_host": grant.client_host,
                "scope": " ".join(grant.scopes),
            },
            tenant_id=account.tenant_id,
            account_id=grant.account_id,
            server_id=grant.server_id,
        )


def asked_scopes(text: str | None) -> tuple[str, ...]:
    """Return the scopes a client asks for; all where it asks for none, or for ours at all.

    Raises:
        OAuthError: `invalid_scope`: it asks for others only.
    """
    asked = (text or "").split()
    known = tuple(scope for scope in (*SCOPES, OFFLINE) if scope in asked)
    if not asked or known == (OFFLINE,):
        return (*SCOPES, *known)
    if not known:
        raise OAuthError("invalid_scope", f"the scopes of this server are {' and '.join(SCOPES)}")
    # Who may write may read.
    return known if READ in known else (READ, *known)


def checked_resource(given: Mapping[str, Sequence[str]], resource: str) -> str:
    """Return the resource of a request, which may be repeated or left out, but is no other.

    Raises:
        OAuthError: `invalid_target`.
    """
    if any(_plain(value) != _plain(resource) for value in given.get("resource", ())):
        raise OAuthError("invalid_target", f"the resource here is {resource}")
    return resource


def _plain(url: str) -> tuple[str, ...]:
    # Clients add a slash to what people typed.
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    return parts.scheme, parts.netloc.lower(), parts.path.rstrip("/"), parts.query


def _only(given: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = given.get(name, ())
    if len(values) > 1:
        raise UnsafeRequest("invalid_request", f"the request has {name} more than once")
    if values and len(values[0]) > _LONGEST_STATE:
        raise UnsafeRequest("invalid_request", f"the {name} of the request is too long")
    return values[0] if values and values[0] else None


def _redirect(client: OAuthClient, asked: str | None) -> str:
    if asked is None:
        if len(client.redirect_uris) != 1:
            raise UnsafeRequest("invalid_request", "the request names no redirect_uri")
        return client.redirect_uris[0]
    if not any(matches(asked, registered) for registered in client.redirect_uris):
        raise UnsafeRequest(
            "invalid_request", "the redirect_uri of the request is none that its client registered"
        )
    return asked


def _check_kind(given: Mapping[str, Sequence[str]]) -> None:
    if _only(given, "response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")


def _challenge(given: Mapping[str, Sequence[str]]) -> str:
    challenge, method = _only(given, "code_challenge"), _only(given, "code_challenge_method")
    if challenge is None or method != "S256":
        raise OAuthError(
            "invalid_request", "PKCE is needed: code_challenge, and code_challenge_method=S256"
        )
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge is not a SHA-256 in base64url")
    return challenge


def _granted(
    request: AuthorizationRequest,
    client: OAuthClient,
    token: ApiToken,
    choice: Choice,
    *,
    account: Account,
    now: datetime,
) -> OAuthGrant:
    is_document = client.kind == "document"
    left_out = SCOPES[1] if choice.is_read_only else ""
    return OAuthGrant(
        str(uuid4()),
        client.id,
        host_of(client.id if is_document else request.redirect_uri),
        account.id,
        choice.server_id,
        token.id,
        tuple(scope for scope in request.scopes if scope != left_out),
        request.resource,
        client_name=client.name,
        ends_at=choice.ends_at,
        created_at=now,
    )

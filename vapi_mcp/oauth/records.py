"""Clients, requests for authorization, grants and tokens of OAuth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.security.tokens import OAUTH_PREFIX, is_well_formed

# `registered` by the client itself (RFC 7591), or `document`: its id is the URL of its metadata.
ClientKind: TypeAlias = Literal["registered", "document"]
TokenUse: TypeAlias = Literal["access", "refresh"]

READ = "vapi:read"
WRITE = "vapi:write"
OFFLINE = "offline_access"
SCOPES = (READ, WRITE)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """An application that asks for access in a person's name.

    name: its own word, which proves nothing. secret_hash: None for a public client.
    fetched_at: when its document was read; None for a registered one.
    """

    id: str
    kind: ClientKind
    redirect_uris: tuple[str, ...]
    name: str | None = None
    secret_hash: str | None = None
    created_at: datetime = field(default_factory=utc_now)
    fetched_at: datetime | None = None
    fresh_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request for authorization that was checked: its client may send people here."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    resource: str
    scopes: tuple[str, ...] = SCOPES
    state: str | None = None


@dataclass(frozen=True, slots=True)
class OAuthGrant:
    """The permission a person gave a client: one server, perhaps narrowed.

    client_host: the host of the client's document, else of its redirect. api_token_id: the token
    that the person signed in with; the grant ends with it. ends_at: by the person's wish.
    """

    id: str
    client_id: str
    client_host: str
    account_id: str
    server_id: str
    api_token_id: str | None
    scopes: tuple[str, ...]
    resource: str
    client_name: str | None = None
    ends_at: datetime | None = None
    created_at: datetime = field(default_factory=utc_now)
    last_used_at: datetime | None = None

    @property
    def is_read_only(self) -> bool:
        """Whether only tools that read may be called."""
        return WRITE not in self.scopes

    def has_ended(self, now: datetime) -> bool:
        """Return whether the end that the person set has come."""
        return self.ends_at is not None and now >= self.ends_at


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A code that a client exchanges for tokens, once."""

    code_hash: str
    grant_id: str
    client_id: str
    redirect_uri: str
    code_challenge: str
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OAuthToken:
    """An access or a refresh token. replaced_at: when a refresh token was first used."""

    token_hash: str
    grant_id: str
    use: TokenUse
    expires_at: datetime
    created_at: datetime = field(default_factory=utc_now)
    replaced_at: datetime | None = None


def is_oauth_token(token: str) -> bool:
    """Return whether a text can be a token of OAuth at all."""
    return token.startswith(OAUTH_PREFIX) and is_well_formed(token, OAUTH_PREFIX)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vapi_mcp.registry.scope import EVERYTHING, Scope

# Where Vapi keeps organisations; a key works in its own region only.
REGIONS: Mapping[str, str] = {"us": "https://api.vapi.ai", "eu": "https://api.eu.vapi.ai"}


@dataclass(frozen=True, slots=True)
class Credential:
    """An account's secret Vapi key. It prints as stars, so that no log can hold it by accident."""

    secret: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Account:
    """One Vapi organisation that we hold a key for; `base_url` has no trailing slash."""

    id: str
    name: str
    credential: Credential
    base_url: str


@dataclass(frozen=True, slots=True)
class Server:
    """One MCP endpoint over an account, with the tools it exposes and when it ends."""

    id: str
    name: str
    account_id: str
    scope: Scope = EVERYTHING
    expires_at: datetime | None = None

    def is_expired(self, now: datetime) -> bool:
        """Say whether the server has ended; the last moment no longer counts."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid token resolves to: whose key a call uses, and which tools it may see."""

    account: Account
    server: Server

    @property
    def scope(self) -> Scope:
        """The tools this grant may see."""
        return self.server.scope

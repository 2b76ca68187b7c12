"""Accounts, servers, API tokens and grants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeAlias

from vapi_mcp.accounts.clock import utc_now
from vapi_mcp.accounts.only import KeptTo, Only
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.registry.scope import EVERYTHING, Scope, scope_of
from vapi_mcp.security.credential import Credential
from vapi_mcp.specs.tools.toolspec import Catalogue

Region: TypeAlias = Literal["us", "eu"]
AccountStatus: TypeAlias = Literal["active", "needs_reauth"]
Exposure: TypeAlias = Literal["all", "discovery"]
# Which writes wait for a user's consent.
Confirm: TypeAlias = Literal["none", "destructive", "spending", "all_writes"]
# How a user's consent comes: as the answer to a question, by a code, or whichever a client can.
ConfirmBy: TypeAlias = Literal["question", "code", "either"]
# Where our notes go: a second block of text, the JSON of the answer itself, or nowhere in its text.
Notes: TypeAlias = Literal["block", "inside", "none"]
PLACES_OF_NOTES: Mapping[str, Notes] = {"block": "block", "inside": "inside", "none": "none"}
TokenKind: TypeAlias = Literal["admin", "mcp"]

# Where Vapi keeps organisations; a key works in its own region only.
REGIONS: Mapping[Region, str] = {"us": "https://api.vapi.ai", "eu": "https://api.eu.vapi.ai"}


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The base URLs of accounts without one of their own: by region, else the default."""

    default: str = REGIONS["us"]
    regions: Mapping[Region, str] = field(default_factory=lambda: REGIONS)

    @classmethod
    def everywhere(cls, url: str) -> Upstreams:
        """Return one place for all regions, such as a simulated Vapi's."""
        return cls(url, dict.fromkeys(REGIONS, url))

    def located(self, account: Account) -> Account:
        """Return an account with its base URL."""
        if account.base_url:
            return account
        url = self.regions[account.region] if account.region else self.default
        return replace(account, base_url=url)


@dataclass(frozen=True, slots=True)
class Account:
    """One Vapi organisation that we hold a key for.

    base_url: where it is, without a trailing slash; empty in a store where only a region, or
    nothing, was said (`Upstreams` knows more then). tenant_id: whose account it is, for whoever
    runs many. region: None when the base URL was given. status: `needs_reauth` once Vapi refused
    the key; last_error says how. kept_to: the objects that its requests are kept to, where they
    are made for a server with `only`; no store holds it.
    """

    id: str
    name: str
    credential: Credential
    base_url: str
    tenant_id: str | None = None
    region: Region | None = None
    status: AccountStatus = "active"
    last_error: str | None = None
    created_at: datetime = field(default_factory=utc_now)
    updated_at: datetime = field(default_factory=utc_now)
    kept_to: KeptTo | None = None

    @property
    def realm(self) -> str:
        """What answers are remembered for: the account, or what of it a server is kept to."""
        return f"{self.id}/{self.kept_to.realm}" if self.kept_to else self.id

    @property
    def owner(self) -> str:
        """What keys of writes are remembered for: the account, or one client of it."""
        return f"{self.id}/{self.kept_to.owner}" if self.kept_to else self.id


# The most tokens an answer may be allowed; some clients cut or refuse what is longer.
LARGEST_RESULT = 25_000
SMALLEST_RESULT = 500


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """The config of a server, as its owner gave it.

    max_result_tokens: what an answer may cost the model that reads it. confirm: which writes are
    sent only after a user agreed; confirm_by: how they say so. policy: what may be sent at all;
    None is everything. notes: where our words about an answer go. inline_media: whether recordings
    may be part of an answer. catalogue: whether the tools beyond the usual ones belong to it.
    only: the objects that it is kept to; None is the whole organisation.
    """

    methods: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    exclude_tools: tuple[str, ...] = ()
    require_api_token_auth: bool = False
    tool_exposure: Exposure = "all"
    structured_content: bool = False
    max_result_tokens: int = 8_000
    confirm: Confirm = "none"
    policy: Policy | None = None
    notes: Notes = "block"
    inline_media: bool = True
    confirm_by: ConfirmBy = "either"
    catalogue: Catalogue = "core"
    only: Only | None = None

    @property
    def scope(self) -> Scope:
        """The filter over tools that these words make."""
        return _scope(self)

    def scoped(self, scope: Scope) -> ServerConfig:
        """Return the same with another filter over tools."""
        return replace(
            self,
            methods=tuple(sorted(scope.methods)),
            tags=tuple(sorted(scope.tags)),
            tools=tuple(sorted(scope.tools)),
            exclude_tools=tuple(sorted(scope.exclude_tools)),
            catalogue=scope.catalogue or self.catalogue,
        )


@lru_cache(maxsize=4096)
def _scope(config: ServerConfig) -> Scope:
    return scope_of(
        methods=config.methods,
        tags=config.tags,
        tools=config.tools,
        exclude_tools=config.exclude_tools,
        catalogue="full" if config.catalogue == "full" else None,
    )


@dataclass(frozen=True, slots=True)
class Server:
    """One MCP endpoint over an account, with the tools it exposes and when it ends.

    selection: the scope of a server that is made without a config, from flags; one that is given
    replaces the config's. links_epoch: media links of another epoch have ended; a rotation begins
    a new one.
    """

    id: str
    name: str
    account_id: str
    selection: InitVar[Scope] = EVERYTHING
    expires_at: datetime | None = None
    config: ServerConfig = field(default_factory=ServerConfig)
    created_at: datetime = field(default_factory=utc_now)
    updated_at: datetime = field(default_factory=utc_now)
    last_used_at: datetime | None = None
    links_epoch: int = 0

    def __post_init__(self, selection: Scope) -> None:
        if selection != EVERYTHING:
            object.__setattr__(self, "config", self.config.scoped(selection))

    @property
    def scope(self) -> Scope:
        """The tools this server exposes."""
        return self.config.scope

    def is_expired(self, now: datetime) -> bool:
        """Return whether the server has ended; the last moment no longer counts."""
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of the admin API, or a second token of guarded servers; its secret is not kept.

    kind: `admin` opens the admin API and guarded servers, `mcp` guarded servers only.
    tenant_id, account_id, server_id: what it is bound to; all None opens everything of its kind.
    read_only: whether it lets an administrator look, but not change, and opens no server.
    """

    id: str
    name: str
    kind: TokenKind = "mcp"
    tenant_id: str | None = None
    account_id: str | None = None
    server_id: str | None = None
    created_at: datetime = field(default_factory=utc_now)
    last_used_at: datetime | None = None
    read_only: bool = False

    def opens(self, grant: Grant) -> bool:
        """Return whether the token opens a guarded server: it is bound to nothing else.

        A read-only one opens none: tools may change things.
        """
        return (
            not self.read_only
            and self.tenant_id in (None, grant.account.tenant_id)
            and self.account_id in (None, grant.account.id)
            and self.server_id in (None, grant.server.id)
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """The permission of a valid token: the account of its calls, and the tools in its scope.

    narrowing: what the request itself asked to be kept to. asked_notes: where it wants our notes.
    api_token: the one it brought.
    """

    account: Account
    server: Server
    narrowing: Scope = EVERYTHING
    asked_notes: Notes | None = None
    api_token: ApiToken | None = None

    def __post_init__(self) -> None:
        if only := self.server.config.only:
            kept_to = KeptTo(only, only.owner(self.server.id))
            object.__setattr__(self, "account", replace(self.account, kept_to=kept_to))

    @property
    def notes(self) -> Notes:
        """The place of notes: by the request, else by its server."""
        return self.asked_notes or self.server.config.notes

    @property
    def only(self) -> Only | None:
        """The objects this grant is kept to."""
        return self.server.config.only

    @property
    def scope(self) -> Scope:
        """The tools this grant may see."""
        return self.server.scope.narrowed(self.narrowing)

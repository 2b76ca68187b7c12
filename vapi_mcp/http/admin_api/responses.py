"""The models of the admin API's answers, for its documentation and its tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from vapi_mcp.accounts.only_words import OnlyWords
from vapi_mcp.accounts.records import (
    AccountStatus,
    Confirm,
    ConfirmBy,
    Exposure,
    Notes,
    Region,
    TokenKind,
)
from vapi_mcp.admin.requests import PolicyWords
from vapi_mcp.audit.entry import FIELDS
from vapi_mcp.audit.fields import LogField
from vapi_mcp.invocation.writes.undo.change import Effect, Kept
from vapi_mcp.specs.tools.toolspec import Catalogue

_Item = TypeVar("_Item")


class Answer(BaseModel):
    """Something that is answered: nothing but what is named here, and all of it."""

    # Built when first used: most processes document nothing.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class AccountAnswer(Answer):
    """An account; its key never comes back."""

    id: str
    name: str
    tenant_id: str | None
    region: Region | None
    base_url: str | None
    status: AccountStatus = Field(description="needs_reauth after Vapi refused the key.")
    last_error: str | None = Field(description="The refusal by Vapi.")
    created_at: datetime
    updated_at: datetime


class ConfigAnswer(Answer):
    """What a server exposes and how, defaults included."""

    methods: list[str]
    tags: list[str]
    tools: list[str]
    exclude_tools: list[str]
    require_api_token_auth: bool
    tool_exposure: Exposure
    structured_content: bool
    max_result_tokens: int
    confirm: Confirm
    policy: PolicyWords | None
    notes: Notes
    inline_media: bool
    confirm_by: ConfirmBy
    catalogue: Catalogue
    only: OnlyWords | None


class ServerAnswer(Answer):
    """An MCP server of an account."""

    id: str
    integrated_account_id: str
    name: str
    config: ConfigAnswer
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None


class OpenedServerAnswer(ServerAnswer):
    """A server with its secret URLs, which nothing shows again."""

    token: str
    url: str = Field(description="For Streamable HTTP.")
    sse_url: str = Field(description="For clients of the older HTTP+SSE.")


class ApiTokenAnswer(Answer):
    """An API token."""

    id: str
    name: str
    kind: TokenKind
    tenant_id: str | None
    integrated_account_id: str | None
    mcp_server_id: str | None
    read_only: bool
    created_at: datetime
    last_used_at: datetime | None


class NewApiTokenAnswer(ApiTokenAnswer):
    """An API token with its secret, which nothing shows again."""

    token: str


class OAuthGrantAnswer(Answer):
    """The access that a person gave to a client of OAuth."""

    id: str
    client_id: str
    client_host: str = Field(
        description="The host of the client's metadata document, else of its redirect."
    )
    client_name: str | None = Field(description="As the client names itself; not verified.")
    integrated_account_id: str
    mcp_server_id: str
    api_token_id: str | None = Field(
        description="The API token that the person signed in with; the grant ends with it."
    )
    scope: str
    ends_at: datetime | None
    created_at: datetime
    last_used_at: datetime | None


class ToolAnswer(Answer):
    """A tool that a scope exposes."""

    name: str
    title: str
    description: str
    resource: str
    method: Literal["list", "get", "create", "update", "delete"]
    effect: Literal["read", "create", "update", "delete", "act"]
    tags: list[str]


def _answered(field: LogField) -> Any:
    """Return the field of a model for a field of the log."""
    return (field.annotation, Field(description=field.logged.description))


_LogFields = create_model(
    "_LogFields", __base__=Answer, **{each.wire: _answered(each) for each in FIELDS}
)


class LogEntryAnswer(_LogFields):
    """One request to a server, or one change; durations are in milliseconds."""


class ChangeHead(Answer):
    """What a tool changed, without the object."""

    id: str
    created_at: datetime
    expires_at: datetime = Field(description="Until when it can be restored.")
    tenant_id: str | None
    integrated_account_id: str
    mcp_server_id: str
    tool_name: str
    effect: Effect
    resource: str
    upstream_id: str = Field(description="The id of the object at Vapi.")
    kept: Kept = Field(
        description="The whole object, only the changed properties, or why neither is kept."
    )
    outcome: Literal["done", "unknown"] = Field(
        description="unknown if the answer of Vapi was lost."
    )
    token_id: str | None
    token_name: str | None
    restores: str | None = Field(description="The change that this one took back.")
    restored_by: str | None = Field(description="The change that took this one back.")


class ChangeAnswer(ChangeHead):
    """What a tool changed, with stars for secrets."""

    client_name: str | None = Field(description="As the client named itself.")
    client_version: str | None
    diff: list[dict[str, Any]] = Field(description="What an update changed, by path.")
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ReferrerAnswer(Answer):
    """An object that still names the old id."""

    kind: str
    id: str


class RestoredAnswer(Answer):
    """A change that was taken back."""

    id: str
    upstream_id: str | None = Field(description="The object; a new id after a deletion.")
    change_id: str | None = Field(description="The change that the restore is itself.")
    referrers: list[ReferrerAnswer]
    notes: list[str]


class Listing(Answer, Generic[_Item]):
    """A part of a list, newest first; a cursor is null where the list ends."""

    result: list[_Item]
    next_cursor: str | None
    prev_cursor: str | None
    result_count: int


class AccountList(Listing[AccountAnswer]):
    """Accounts, newest first."""


class ServerList(Listing[ServerAnswer]):
    """Servers that have not expired, newest first."""


class ApiTokenList(Listing[ApiTokenAnswer]):
    """API tokens, newest first."""


class OAuthGrantList(Listing[OAuthGrantAnswer]):
    """Grants of OAuth, newest first."""


class LogList(Listing[LogEntryAnswer]):
    """Entries of the log, newest first."""


class ChangeList(Listing[ChangeHead]):
    """Changes, newest first."""


class ToolList(Listing[ToolAnswer]):
    """All tools of a scope, in the order of tools/list."""


class FailureAnswer(Answer):
    """One thing that is wrong, and where."""

    path: str = Field(description="The path with dots; empty for the whole request.")
    message: str


class FailuresAnswer(Answer):
    """Everything that is wrong with what was sent."""

    failures: list[FailureAnswer]


class ErrorAnswer(BaseModel):
    """Why nothing was done."""

    statusCode: int  # noqa: N815 - Truto's spelling, which scripts know
    error: str
    message: str
    details: FailuresAnswer | None = Field(default=None, description="Only for an invalid request.")

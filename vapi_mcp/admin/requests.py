"""Request models: the JSON bodies that an administrator sends, and what commands send."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    StringConstraints,
    WithJsonSchema,
    create_model,
)

from vapi_mcp.accounts.only_words import OnlyWords
from vapi_mcp.accounts.records import (
    LARGEST_RESULT,
    SMALLEST_RESULT,
    Confirm,
    ConfirmBy,
    Exposure,
    Notes,
    Region,
    TokenKind,
)
from vapi_mcp.accounts.request_types import PLAIN_TEXT, RequestModel, Text, TextList
from vapi_mcp.accounts.time_zones import zone_names
from vapi_mcp.invocation.writes.policy.rule import Rule
from vapi_mcp.invocation.writes.policy.rules import RULES
from vapi_mcp.rfc3339 import read_moment
from vapi_mcp.security.key_mistakes import key_mistake
from vapi_mcp.specs.tools.toolspec import Catalogue

# No quotation mark, bracket or sign of a variable stands at either end.
_KEY = r"^[0-9A-Za-z_-]([!-~]*[0-9A-Za-z_=-])?$"
_MOST_KEY = 4096


def _is_key(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if mistake := key_mistake(secret):
        raise ValueError(f"must be a Vapi key, but it {mistake}")
    if len(secret) > _MOST_KEY or not re.fullmatch(_KEY, secret):
        raise ValueError("must be a Vapi key: visible ASCII characters without spaces")
    return value


def _time_zone(value: str) -> str:
    if value not in zone_names():
        raise ValueError("must be the name of a time zone, such as Europe/Berlin")
    return value


def _moment(value: Any) -> datetime:
    """Return a moment in UTC from RFC 3339 text."""
    try:
        moment = read_moment(value, zone=None) if isinstance(value, str) else value
        if isinstance(moment, datetime) and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a date and time with a time zone, such as 2027-01-31T12:00:00Z")


Key: TypeAlias = Annotated[
    SecretStr,
    AfterValidator(_is_key),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _KEY,
            "minLength": 1,
            "maxLength": _MOST_KEY,
            "writeOnly": True,
        }
    ),
]
Url: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=2048, pattern=PLAIN_TEXT)
]
Moment: TypeAlias = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


TimeZone: TypeAlias = Annotated[str, AfterValidator(_time_zone), Field(max_length=60)]


class NewAccount(RequestModel):
    """An account to make: one Vapi organisation and its private key."""

    name: Text
    api_key: Key = Field(description="The organisation's private key; no answer ever contains it.")
    tenant_id: Text | None = Field(default=None, description="The tenant that owns the account.")
    region: Region | None = Field(default=None, description="The region of the organisation.")
    base_url: Url | None = Field(
        default=None,
        description=(
            "The base URL of Vapi, instead of a region; the host must be allowed by this service."
        ),
    )


class AccountChanges(RequestModel):
    """What to change of an account; what is absent stays."""

    name: Text = Field(default_factory=str, description="The new name.")
    api_key: Key = Field(default_factory=lambda: SecretStr(""), description="The new private key.")
    tenant_id: Text | None = Field(
        default=None, description="The tenant that owns the account; null for no tenant."
    )
    region: Region | None = Field(
        default=None, description="The new region; it replaces a base URL."
    )
    base_url: Url | None = Field(
        default=None, description="The new base URL; it replaces a region."
    )


def _field(rule: type[Rule[Any]]) -> Any:
    return (rule.field | None, Field(default=None, description=rule.description))


_PolicyRules = create_model(
    "_PolicyRules", __base__=RequestModel, **{rule.name: _field(rule) for rule in RULES}
)


class PolicyWords(_PolicyRules):
    """What writes may do; a rule that is null, or not given, is none."""

    time_zone: TimeZone | None = Field(
        default=None, description="The time zone of a day, such as Europe/Berlin; default: UTC."
    )


class ConfigWords(RequestModel):
    """What a server exposes and how. A key that is null, or was never given, has its default."""

    methods: TextList | None = Field(
        default=None,
        description=(
            "read, write, custom, or exact methods such as list; a tool matches any of them."
        ),
    )
    tags: TextList | None = Field(
        default=None, description="Tags; a tool matches any of them. It must match methods too."
    )
    tools: TextList | None = Field(
        default=None,
        description="Tools to include by name; without other filters, only these tools.",
    )
    exclude_tools: TextList | None = Field(
        default=None, description="Tools to exclude, whatever else selects them."
    )
    require_api_token_auth: bool | None = Field(
        default=None, description="Require an API token besides the URL."
    )
    tool_exposure: Exposure | None = Field(
        default=None,
        description=(
            "all: every tool; discovery: three tools that find, describe and call the others."
        ),
    )
    structured_content: bool | None = Field(
        default=None, description="Send answers as structured content too."
    )
    max_result_tokens: int | None = Field(
        default=None,
        ge=SMALLEST_RESULT,
        le=LARGEST_RESULT,
        description="The most tokens in one answer.",
    )
    confirm: Confirm | None = Field(
        default=None, description="The writes that need the user's consent."
    )
    policy: PolicyWords | None = Field(
        default=None, description="The rules for writes; a new policy replaces the one before."
    )
    notes: Notes | None = Field(
        default=None,
        description="Put notes on an answer in a block of text, inside its JSON, or nowhere.",
    )
    inline_media: bool | None = Field(
        default=None, description="Allow recordings in an answer; false gives links only."
    )
    confirm_by: ConfirmBy | None = Field(
        default=None,
        description="How the user consents: by a question, by a code, or by either.",
    )
    catalogue: Catalogue | None = Field(
        default=None, description="core: the usual tools; full: a tool for every Vapi operation."
    )
    only: OnlyWords | None = Field(
        default=None,
        description=(
            "Keep the server to these objects and what belongs to them; a new one replaces the one "
            "before, and null is the whole organisation."
        ),
    )


class NewServer(RequestModel):
    """A server to make; without a config it exposes every tool."""

    name: Text
    config: ConfigWords | None = None
    expires_at: Moment | None = Field(
        default=None,
        description="When the server expires, at least 60 seconds from now; null for never.",
    )


class ServerChanges(RequestModel):
    """What to change of a server; what is absent stays."""

    name: Text = Field(default_factory=str, description="The new name.")
    config: ConfigWords = Field(
        default_factory=ConfigWords,
        description="Merged key by key; a list replaces the one before.",
    )
    expires_at: Moment | None = Field(
        default=None,
        description="When the server expires, at least 60 seconds from now; null for never.",
    )


class NewApiToken(RequestModel):
    """An API token to make."""

    name: Text
    kind: TokenKind = Field(
        default="mcp",
        description="mcp opens servers that require an API token; admin also opens this API.",
    )
    tenant_id: Text | None = Field(
        default=None, description="The only tenant that the token gives access to."
    )
    integrated_account_id: Text | None = Field(
        default=None, description="The only account that the token gives access to; for kind mcp."
    )
    mcp_server_id: Text | None = Field(
        default=None,
        description="The only server of that account that the token gives access to; for kind mcp.",
    )
    read_only: bool = Field(
        default=False,
        description=(
            "Let the token read, but not change, in the admin API and the console, and open no "
            "servers; for kind admin."
        ),
    )

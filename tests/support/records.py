from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import Account, ApiToken, Server, ServerConfig
from vapi_mcp.invocation.writes.policy.hours import CallingHours
from vapi_mcp.security.credential import Credential

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
KEY = "vapi-key-that-nobody-may-read"


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def account(name: str = "Acme", **values: Any) -> Account:
    given: dict[str, Any] = {"region": "us", "created_at": NOW, "updated_at": NOW, **values}
    return Account(str(uuid4()), name, Credential(KEY), "https://api.vapi.ai", **given)


def server(owner: Account, name: str = "all", **values: Any) -> Server:
    given: dict[str, Any] = {"created_at": NOW, "updated_at": NOW, **values}
    return Server(str(uuid4()), name, owner.id, **given)


def api_token(**values: Any) -> ApiToken:
    given: dict[str, Any] = {"created_at": NOW, **values}
    return ApiToken(str(uuid4()), "a token", **given)


CONFIG = ServerConfig(
    methods=("READ", "create"),
    tags=("calls", "analytics"),
    tools=("delete_a_vapi_call_by_id",),
    exclude_tools=("list_all_vapi_pcaps",),
    require_api_token_auth=True,
    tool_exposure="discovery",
    structured_content=True,
    confirm="all_writes",
    confirm_by="code",
    catalogue="full",
    policy=Policy(
        allowed_prefixes=("+1",), calling_hours=CallingHours("09:00", "20:00", ("mon",)).as_json
    ),
    max_result_tokens=2_500,
)

"""Records as JSON objects, the same over HTTP and in a shell; no secret is among them."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from vapi_mcp.accounts.records import Account, ApiToken, Server, ServerConfig
from vapi_mcp.oauth.records import OAuthGrant
from vapi_mcp.rfc3339 import write_moment


def wire_account(account: Account) -> dict[str, Any]:
    """Return an account; its base URL is null where none was given."""
    return {
        "id": account.id,
        "name": account.name,
        "tenant_id": account.tenant_id,
        "region": account.region,
        "base_url": account.base_url or None,
        "status": account.status,
        "last_error": account.last_error,
        "created_at": _moment(account.created_at),
        "updated_at": _moment(account.updated_at),
    }


def wire_server(server: Server) -> dict[str, Any]:
    """Return a server with its whole config, defaults included."""
    return {
        "id": server.id,
        "integrated_account_id": server.account_id,
        "name": server.name,
        "config": wire_config(server.config),
        "expires_at": _moment(server.expires_at),
        "created_at": _moment(server.created_at),
        "updated_at": _moment(server.updated_at),
        "last_used_at": _moment(server.last_used_at),
    }


def wire_config(config: ServerConfig) -> dict[str, Any]:
    """Return a config with its defaults."""
    values = asdict(replace(config, policy=None, only=None))
    values["policy"] = config.policy and config.policy.as_json
    values["only"] = config.only and config.only.as_json
    return values


def wire_api_token(token: ApiToken) -> dict[str, Any]:
    """Return an API token."""
    return {
        "id": token.id,
        "name": token.name,
        "kind": token.kind,
        "tenant_id": token.tenant_id,
        "integrated_account_id": token.account_id,
        "mcp_server_id": token.server_id,
        "read_only": token.read_only,
        "created_at": _moment(token.created_at),
        "last_used_at": _moment(token.last_used_at),
    }


def wire_oauth_grant(grant: OAuthGrant) -> dict[str, Any]:
    """Return a grant of OAuth."""
    return {
        "id": grant.id,
        "client_id": grant.client_id,
        "client_host": grant.client_host,
        "client_name": grant.client_name,
        "integrated_account_id": grant.account_id,
        "mcp_server_id": grant.server_id,
        "api_token_id": grant.api_token_id,
        "scope": " ".join(grant.scopes),
        "ends_at": _moment(grant.ends_at),
        "created_at": _moment(grant.created_at),
        "last_used_at": _moment(grant.last_used_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment and write_moment(moment)

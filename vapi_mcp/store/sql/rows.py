"""Records as rows, and back; a row maps column names to values."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import Account, ApiToken, Server, ServerConfig
from vapi_mcp.admin.serialisers import wire_config
from vapi_mcp.errors import StoreError
from vapi_mcp.security.credential import Credential
from vapi_mcp.security.keyring import KeyRing

logger = logging.getLogger(__name__)

# What an account's key is sealed for, besides the account's id.
KEY_FIELD = "api_key"


def account_values(account: Account, ring: KeyRing) -> dict[str, Any]:
    """Return an account's columns, with its key encrypted."""
    return {
        "id": account.id,
        "name": account.name,
        "tenant_id": account.tenant_id,
        "region": account.region,
        "base_url": account.base_url,
        "sealed_key": ring.seal(account.credential.secret, account.id, KEY_FIELD),
        "status": account.status,
        "last_error": account.last_error,
        "created_at": account.created_at,
        "updated_at": account.updated_at,
    }


def account_from(row: Mapping[Any, Any], ring: KeyRing) -> Account:
    """Return the account of a row.

    Raises:
        StoreError: Its key does not open: sealed with a key we lack, or for another account.
    """
    secret = ring.open(row["sealed_key"], row["id"], KEY_FIELD)
    if secret is None:
        failed = StoreError()
        logger.error(
            "the key of an account does not open",
            extra={"reference": failed.reference, "account_id": row["id"]},
        )
        raise failed
    return Account(
        row["id"],
        row["name"],
        Credential(secret),
        row["base_url"],
        tenant_id=row["tenant_id"],
        region=row["region"],
        status=row["status"],
        last_error=row["last_error"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def server_values(server: Server) -> dict[str, Any]:
    """Return a server's columns, but for its token's hash."""
    return {
        "id": server.id,
        "account_id": server.account_id,
        "name": server.name,
        "config": orjson.dumps(_config_values(server.config)).decode(),
        "expires_at": server.expires_at,
        "created_at": server.created_at,
        "updated_at": server.updated_at,
        "last_used_at": server.last_used_at,
        "links_epoch": server.links_epoch,
    }


def server_from(row: Mapping[Any, Any]) -> Server:
    """Return the server of a row."""
    return Server(
        row["id"],
        row["name"],
        row["account_id"],
        expires_at=row["expires_at"],
        config=_config_from(orjson.loads(row["config"])),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_used_at=row["last_used_at"],
        links_epoch=row["links_epoch"],
    )


def _config_values(config: ServerConfig) -> dict[str, Any]:
    """Return a config as it is kept: a process of the version before knows no such keys.

    It serves no server that needs one.
    """
    defaults = {"catalogue": "core", "only": None}
    return {
        name: value
        for name, value in wire_config(config).items()
        if name not in defaults or value != defaults[name]
    }


def _config_from(given: dict[str, Any]) -> ServerConfig:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    if values.get("policy") is not None:
        values["policy"] = Policy(**values["policy"])
    if values.get("only") is not None:
        values["only"] = Only.of(values["only"])
    return ServerConfig(**values)


def token_values(token: ApiToken) -> dict[str, Any]:
    """Return an API token's columns, but for its hash."""
    return asdict(token)


def token_from(row: Mapping[Any, Any]) -> ApiToken:
    """Return the API token of a row."""
    return ApiToken(
        row["id"],
        row["name"],
        row["kind"],
        tenant_id=row["tenant_id"],
        account_id=row["account_id"],
        server_id=row["server_id"],
        read_only=row["read_only"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )

"""Records of OAuth as rows, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson

from vapi_mcp.oauth.records import AuthorizationCode, OAuthClient, OAuthGrant, OAuthToken


def client_values(client: OAuthClient) -> dict[str, Any]:
    """Return a client's columns."""
    uris = orjson.dumps(client.redirect_uris).decode()
    return {**asdict(client), "redirect_uris": uris}


def client_from(row: Mapping[Any, Any]) -> OAuthClient:
    """Return the client of a row."""
    values: dict[str, Any] = dict(row)
    values["redirect_uris"] = tuple(orjson.loads(row["redirect_uris"]))
    return OAuthClient(**values)


def grant_values(grant: OAuthGrant) -> dict[str, Any]:
    """Return a grant's columns."""
    return {**asdict(grant), "scopes": " ".join(grant.scopes)}


def grant_from(row: Mapping[Any, Any]) -> OAuthGrant:
    """Return the grant of a row."""
    values: dict[str, Any] = dict(row)
    values["scopes"] = tuple(row["scopes"].split())
    return OAuthGrant(**values)


def code_values(code: AuthorizationCode) -> dict[str, Any]:
    """Return a code's columns."""
    return asdict(code)


def code_from(row: Mapping[Any, Any]) -> AuthorizationCode:
    """Return the code of a row."""
    return AuthorizationCode(**row)


def token_values(token: OAuthToken) -> dict[str, Any]:
    """Return a token's columns."""
    return asdict(token)


def token_from(row: Mapping[Any, Any]) -> OAuthToken:
    """Return the token of a row."""
    return OAuthToken(**row)

"""The endpoints that clients call: metadata, registration, tokens, revocation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.http.errors import json_response
from vapi_mcp.http.oauth.addresses import Addresses
from vapi_mcp.http.oauth.attempts import Attempts
from vapi_mcp.http.oauth.forms import credentials_of, read_form, read_object, value_of
from vapi_mcp.oauth.authorization import checked_resource
from vapi_mcp.oauth.clients import ClientService, RegisteredClient
from vapi_mcp.oauth.errors import OAuthError
from vapi_mcp.oauth.records import SCOPES, OAuthClient
from vapi_mcp.oauth.tokens import IssuedTokens, TokenService

# Metadata changes only with the settings; clients ask for it at each connection.
_CACHED = {"Cache-Control": "public, max-age=300"}
_NO_STORE = {"Cache-Control": "no-store"}


class ClientEndpoints:
    """What clients of OAuth call, without a person."""

    def __init__(
        self,
        clients: ClientService,
        tokens: TokenService,
        addresses: Callable[[Request], Addresses],
        seconds: float,
    ) -> None:
        """Take the services; seconds: how long a body may take to arrive."""
        self._clients = clients
        self._tokens = tokens
        self._addresses = addresses
        self._seconds = seconds
        self._registrations = Attempts(each=20, everyone=120, seconds=60)

    async def resource_metadata(self, request: Request) -> Response:
        """Return the metadata of the resource."""
        return json_response(self._addresses(request).resource_metadata(), headers=_CACHED)

    async def server_metadata(self, request: Request) -> Response:
        """Return the metadata of the authorization server."""
        return json_response(self._addresses(request).server_metadata(), headers=_CACHED)

    async def register(self, request: Request) -> Response:
        """Register a client."""
        self._registrations.check(request)
        self._registrations.note(request)
        metadata = await read_object(request, self._seconds)
        registered = await self._clients.register(metadata)
        return json_response(_registration(registered, metadata), 201, _NO_STORE)

    async def token(self, request: Request) -> Response:
        """Exchange a code, or a refresh token, for tokens."""
        form = await read_form(request, self._seconds)
        client = await self._clients.authenticated(*credentials_of(request, form))
        checked_resource(form, self._addresses(request).resource)
        issued = await self._issued(client, form)
        body = {
            "access_token": issued.access,
            "token_type": "Bearer",
            "expires_in": issued.expires_in,
            "refresh_token": issued.refresh,
            "scope": " ".join(issued.scopes),
        }
        return json_response(body, headers=_NO_STORE)

    async def revoke(self, request: Request) -> Response:
        """Revoke a token; one that is not there is as good as revoked."""
        form = await read_form(request, self._seconds)
        client = await self._clients.authenticated(*credentials_of(request, form))
        await self._tokens.revoke(client, _needed(value_of(form, "token"), "token"))
        return Response(status_code=200, headers=_NO_STORE)

    async def _issued(self, client: OAuthClient, form: Any) -> IssuedTokens:
        match value_of(form, "grant_type"):
            case "authorization_code":
                return await self._tokens.exchange(
                    client,
                    _needed(value_of(form, "code"), "code"),
                    redirect_uri=value_of(form, "redirect_uri"),
                    verifier=value_of(form, "code_verifier"),
                )
            case "refresh_token":
                token = _needed(value_of(form, "refresh_token"), "refresh_token")
                return await self._tokens.refresh(client, token)
            case _:
                words = "grant_type must be authorization_code or refresh_token"
                raise OAuthError("unsupported_grant_type", words)


def _needed(value: str | None, name: str) -> str:
    if value is None:
        raise OAuthError("invalid_request", f"the request has no {name}")
    return value


def _registration(registered: RegisteredClient, metadata: Any) -> dict[str, Any]:
    """Return what was registered; of the client's own words, what is harmless."""
    client = registered.client
    body: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "redirect_uris": list(client.redirect_uris),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": registered.auth_method,
        "scope": " ".join(SCOPES),
    }
    if metadata.get("application_type") in ("web", "native"):
        body["application_type"] = metadata["application_type"]
    if client.name is not None:
        body["client_name"] = client.name
    if registered.secret is not None:
        body |= {"client_secret": registered.secret, "client_secret_expires_at": 0}
    return body

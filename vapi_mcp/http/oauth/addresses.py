"""The addresses of OAuth: issuer, resource and endpoints, as clients reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.types import Scope

from vapi_mcp.http.errors import CLOSING, UNAUTHORIZED, Refusal
from vapi_mcp.http.middleware.oauth_discovery import RESOURCE_METADATA
from vapi_mcp.oauth.records import OFFLINE, SCOPES

_RESOURCE = "/mcp"

_SIGN_IN = (
    "This request has no valid token. Let your client sign in: the WWW-Authenticate header of this "
    "answer leads to the sign-in page. A client that cannot sign in uses the secret URL of a "
    "server, or sends the server's token as Authorization: Bearer."
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses below one base: the public URL, else the origin of a request."""

    issuer: str

    @property
    def resource(self) -> str:
        """What tokens are for: the URL that people type into clients."""
        return f"{self.issuer}{_RESOURCE}"

    @property
    def challenge(self) -> str:
        """The parameters that tell a client how to sign in."""
        parts = urlsplit(self.issuer)
        # A path comes after the well-known name (RFC 9728).
        path = f"{RESOURCE_METADATA}{parts.path}{_RESOURCE}"
        metadata = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        return f'resource_metadata="{metadata}", scope="{" ".join(SCOPES)}"'

    def resource_metadata(self) -> dict[str, Any]:
        """Return the metadata of the resource (RFC 9728)."""
        return {
            "resource": self.resource,
            "authorization_servers": [self.issuer],
            "scopes_supported": list(SCOPES),
            "bearer_methods_supported": ["header"],
            "resource_name": "vapi-mcp",
        }

    def server_metadata(self) -> dict[str, Any]:
        """Return the metadata of the authorization server (RFC 8414)."""
        methods = ["none", "client_secret_basic", "client_secret_post"]
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "registration_endpoint": f"{self.issuer}/register",
            "revocation_endpoint": f"{self.issuer}/revoke",
            # Without the last one, some clients never get a refresh token.
            "scopes_supported": [*SCOPES, OFFLINE],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
            "client_id_metadata_document_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }

    def answer_to(self, redirect_uri: str, **parameters: str | None) -> str:
        """Return the address that takes an answer to a client; it always names the issuer."""
        given = {name: value for name, value in parameters.items() if value is not None}
        added = urlencode({**given, "iss": self.issuer})
        parts = urlsplit(redirect_uri)
        query = f"{parts.query}&{added}" if parts.query else added
        return urlunsplit(parts._replace(query=query))

    def sign_in_needed(self, token: str) -> Refusal:
        """Return the answer to a request without a live token: it says where to sign in."""
        error = 'error="invalid_token", ' if token else ""
        headers = {"WWW-Authenticate": f"Bearer {error}{self.challenge}", **CLOSING}
        return Refusal(401, _SIGN_IN, code=UNAUTHORIZED, headers=headers)


def addresses_of(scope: Scope, public_url: str | None) -> Addresses:
    """Return the addresses as the client of a request reaches them."""
    return Addresses(public_url or str(Request(scope).base_url).rstrip("/"))

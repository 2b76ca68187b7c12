"""Clients of OAuth as they behave, from what is known of each (docs/oauth.md has the table)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

import httpx

from tests.support.app import headers_of, message
from tests.support.oauth import Person, pkce

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client. document: its client_id where it has one.

    answers_at: where it takes the answer, of those it registers as `redirects`. scope: None sends
    none, `challenge` what the challenge says. resources: how often it sends `resource`.
    """

    name: str
    redirects: Sequence[str]
    answers_at: str
    document: str | None = None
    scope: Literal["challenge", "metadata", "offline"] | None = "challenge"
    resources: int = 1
    resource_on_refresh: bool = True
    has_state: bool = True
    registration: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def metadata(self) -> dict[str, Any]:
        """What it registers, or its document says."""
        own = {"client_id": self.document} if self.document else {}
        return {
            "client_name": self.name,
            "redirect_uris": list(self.redirects),
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            **own,
            **self.registration,
        }


_CHATGPT = "https://chatgpt.com/connector_platform_oauth_redirect"
_CLAUDE = "https://claude.ai/api/mcp/auth_callback"
_CURSOR = (
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://localhost:8787/callback",
)

CLIENTS = (
    Client(
        name="ChatGPT",
        document="https://chatgpt.com/oauth/client.json",
        redirects=[_CHATGPT],
        answers_at=_CHATGPT,
        scope="metadata",
        resources=2,
        registration={"token_endpoint_auth_method": "private_key_jwt"},
    ),
    Client(
        name="ChatGPT, registered",
        redirects=["https://chatgpt.com/connector/oauth/abc123"],
        answers_at="https://chatgpt.com/connector/oauth/abc123",
    ),
    Client(
        name="claude.ai",
        document="https://claude.ai/oauth/mcp-oauth-client-metadata",
        redirects=[_CLAUDE, "https://claude.com/api/mcp/auth_callback"],
        answers_at=_CLAUDE,
        scope="offline",
    ),
    Client(
        name="claude.ai, registered",
        redirects=[_CLAUDE],
        answers_at=_CLAUDE,
        registration={"token_endpoint_auth_method": "client_secret_post"},
    ),
    Client(
        name="Claude Code",
        document="https://claude.ai/oauth/claude-code-client-metadata",
        redirects=["http://localhost/callback", "http://127.0.0.1/callback"],
        answers_at="http://localhost:51234/callback",
        scope=None,
    ),
    Client(
        name="Cursor",
        redirects=_CURSOR,
        answers_at=_CURSOR[0],
        registration={"application_type": "native"},
    ),
    Client(
        name="VS Code",
        document="https://vscode.dev/oauth/client-metadata.json",
        redirects=[
            "http://127.0.0.1:33418",
            "https://vscode.dev/redirect",
            "https://insiders.vscode.dev/redirect",
        ],
        answers_at="http://127.0.0.1:40123",
    ),
    Client(
        name="Codex CLI",
        document="https://chatgpt.com/oauth/codex/client.json",
        redirects=["http://127.0.0.1/callback"],
        answers_at="http://127.0.0.1:45678/callback",
        resources=2,
    ),
    Client(
        name="Gemini CLI",
        redirects=["http://localhost:7777/oauth/callback"],
        answers_at="http://localhost:7777/oauth/callback",
        has_state=False,
        resource_on_refresh=False,
    ),
)


@dataclass(slots=True)
class Connection:
    """A client on its way to a server: each step is what the client does, in its order."""

    client: Client
    http: httpx.AsyncClient
    url: str
    challenge: dict[str, str] = field(default_factory=dict[str, str])
    resource: dict[str, Any] = field(default_factory=dict[str, Any])
    server: dict[str, Any] = field(default_factory=dict[str, Any])
    client_id: str = ""
    secret: str | None = None
    tokens: dict[str, Any] = field(default_factory=dict[str, Any])

    async def discover(self) -> None:
        """Read the challenge and both metadata, as strictly as the strictest client."""
        refused = await self.call("initialize")
        assert refused.status_code == 401
        self.challenge = dict(_PARAMETER.findall(refused.headers["www-authenticate"]))
        self.resource = (await self.http.get(self.challenge["resource_metadata"])).json()
        assert self.resource["resource"] == self.url
        (issuer,) = self.resource["authorization_servers"]
        found = await self.http.get(f"{issuer}/.well-known/oauth-authorization-server")
        self.server = found.json()
        assert self.server["issuer"] == issuer
        assert "S256" in self.server["code_challenge_methods_supported"]

    async def register(self) -> None:
        """Get a client_id: its document's address where the server reads it, else a new one."""
        if (
            self.client.document
            and self.server["client_id_metadata_document_supported"]
            and self.server["authorization_response_iss_parameter_supported"]
            and "none" in self.server["token_endpoint_auth_methods_supported"]
        ):
            self.client_id = self.client.document
            return
        answer = await self.http.post(
            self.server["registration_endpoint"], json=self.client.metadata
        )
        assert answer.status_code == 201, answer.text
        registered = answer.json()
        assert registered["redirect_uris"] == list(self.client.redirects)
        self.client_id, self.secret = registered["client_id"], registered.get("client_secret")

    async def sign_in(self, person: Person) -> None:
        """Send the person to the page, and exchange the code they bring back."""
        verifier, challenge = pkce()
        state = secrets.token_urlsafe(8) if self.client.has_state else None
        url = self.authorization_url(challenge, state)
        answer = await person.allow(self.http, url)
        assert answer["to"] == self.client.answers_at
        assert answer["iss"] == self.server["issuer"]
        assert answer.get("state") == state
        code = answer["code"]
        back = self.client.answers_at
        self.tokens = await self.ask_token(
            grant_type="authorization_code", code=code, redirect_uri=back, code_verifier=verifier
        )

    def authorization_url(self, challenge: str, state: str | None) -> str:
        """Return where the client sends its person."""
        asked = [
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.client.answers_at),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            *[("resource", self.resource["resource"])] * self.client.resources,
        ]
        if state is not None:
            asked.append(("state", state))
        if (scope := self._scope()) is not None:
            asked.append(("scope", scope))
        return f"{self.server['authorization_endpoint']}?{urlencode(asked)}"

    async def refresh(self) -> None:
        """Replace the tokens."""
        token = self.tokens["refresh_token"]
        self.tokens = await self.ask_token(grant_type="refresh_token", refresh_token=token)

    async def ask_token(self, **form: str) -> dict[str, Any]:
        """Ask for tokens; a refusal is an assertion."""
        answer = await self.post_token(**form)
        assert answer.status_code == 200, answer.text
        tokens = answer.json()
        assert tokens["expires_in"] > 0
        assert tokens["token_type"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"
        return tokens

    async def post_token(self, **form: str) -> httpx.Response:
        """Ask for tokens, and return the answer as it is."""
        is_refresh = form["grant_type"] == "refresh_token"
        given: dict[str, Any] = {"client_id": self.client_id, **form}
        if self.secret is not None:
            given["client_secret"] = self.secret
        if not is_refresh or self.client.resource_on_refresh:
            given["resource"] = [self.resource["resource"]] * self.client.resources
        return await self.http.post(self.server["token_endpoint"], data=given)

    async def revoke(self) -> None:
        """Revoke the refresh token."""
        given = {"token": self.tokens["refresh_token"], "client_id": self.client_id}
        if self.secret is not None:
            given["client_secret"] = self.secret
        answer = await self.http.post(self.server["revocation_endpoint"], data=given)
        assert answer.status_code == 200, answer.text

    async def call(self, method: str, **params: Any) -> httpx.Response:
        """Send one MCP message with the access token, if there is one."""
        if method == "initialize":
            params = {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": self.client.name, "version": "1"},
            }
        request = message(method, params)
        headers = headers_of(request)
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        return await self.http.post(self.url, json=request, headers=headers)

    def _scope(self) -> str | None:
        match self.client.scope:
            case "challenge":
                return self.challenge["scope"]
            case "metadata":
                return " ".join(self.resource["scopes_supported"])
            case "offline":
                return f"{self.challenge['scope']} offline_access"
            case None:
                return None

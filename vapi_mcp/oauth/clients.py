"""Clients of OAuth: registered ones (RFC 7591), and those whose id is the URL of a document."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from vapi_mcp.accounts.clock import Clock
from vapi_mcp.oauth.errors import DocumentUnavailable, OAuthError
from vapi_mcp.oauth.ports import ClientDocument, ClientDocuments, OAuthClients
from vapi_mcp.oauth.records import OAuthClient
from vapi_mcp.oauth.redirects import belongs_to, is_usable
from vapi_mcp.security.tokens import OAUTH_PREFIX, new_token, token_hash

_MOST_CLIENTS = 1000
_MOST_REDIRECTS = 20
_LONGEST_NAME = 100
_LONGEST_ID = 500
# The age at which an unused client gives its place to another one.
_EVICTED_AFTER = timedelta(minutes=10)
_SHORTEST_CACHE = timedelta(minutes=5)
_LONGEST_CACHE = timedelta(hours=24)
_LONGEST_STALE = timedelta(days=7)
_SECRET_METHODS = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """A client that was just registered, with the secret that nothing shows again."""

    client: OAuthClient
    auth_method: str
    secret: str | None = None


class ClientService:
    """Registers clients, and finds them by their id."""

    def __init__(self, store: OAuthClients, documents: ClientDocuments, clock: Clock) -> None:
        self._store = store
        self._documents = documents
        self._clock = clock

    async def register(self, metadata: Mapping[str, Any]) -> RegisteredClient:
        """Keep a new client.

        Raises:
            OAuthError: A redirect or a method is refused, or there are too many clients (503).
        """
        redirects = _registered_redirects(metadata.get("redirect_uris"))
        method = metadata.get("token_endpoint_auth_method") or "none"
        if method not in ("none", *_SECRET_METHODS):
            known = ", ".join(("none", *_SECRET_METHODS))
            raise OAuthError(
                "invalid_client_metadata", f"token_endpoint_auth_method must be one of {known}"
            )
        await self._make_room()
        secret = new_token(OAUTH_PREFIX) if method in _SECRET_METHODS else None
        client = OAuthClient(
            str(uuid4()),
            "registered",
            redirects,
            name=_name_in(metadata),
            secret_hash=secret and token_hash(secret),
            created_at=self._clock(),
        )
        await self._store.put_oauth_client(client)
        return RegisteredClient(client, method, secret)

    async def find(self, client_id: str) -> OAuthClient:
        """Return a client; the document of one that has a URL is read when it is not fresh.

        Raises:
            OAuthError: `invalid_client`: there is none, or its document cannot be used.
        """
        known = await self._store.find_oauth_client(client_id) if client_id else None
        if not is_document_url(client_id):
            if known is None:
                raise OAuthError("invalid_client", "this client is not registered", status=401)
            return known
        now = self._clock()
        if known is not None and known.fresh_until is not None and now < known.fresh_until:
            return known
        try:
            client = _client_of(client_id, await self._documents.read(client_id), now)
        except DocumentUnavailable as error:
            return _stale(known, now, str(error))
        if known is None:
            await self._make_room()
        await self._store.put_oauth_client(client)
        return client

    async def authenticated(self, client_id: str, secret: str | None) -> OAuthClient:
        """Return a client that showed its secret, where it has one.

        Its document need not be read again: the tokens it brings are the proof.

        Raises:
            OAuthError: `invalid_client`, 401.
        """
        client = await self._store.find_oauth_client(client_id) if client_id else None
        if client is None:
            raise OAuthError("invalid_client", "this client is not registered", status=401)
        if client.secret_hash is not None and not hmac.compare_digest(
            client.secret_hash, token_hash(secret or "")
        ):
            raise OAuthError("invalid_client", "the client's secret is wrong", status=401)
        return client

    async def _make_room(self) -> None:
        if await self._store.count_oauth_clients() < _MOST_CLIENTS:
            return
        if not await self._store.forget_oauth_clients(self._clock() - _EVICTED_AFTER, 10):
            words = "too many clients have registered; try again in some minutes"
            raise OAuthError("temporarily_unavailable", words, status=503)


def is_document_url(client_id: str) -> bool:
    """Return whether a client's id is the URL of its document: https, with a path."""
    if not client_id.startswith("https://") or len(client_id) > _LONGEST_ID:
        return False
    try:
        parts = urlsplit(client_id)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    has_dots = any(part in (".", "..") for part in parts.path.split("/"))
    is_plain = "@" not in parts.netloc and not parts.fragment and "#" not in client_id
    return bool(parts.hostname and parts.path.strip("/")) and is_plain and not has_dots


def _client_of(url: str, document: ClientDocument, now: datetime) -> OAuthClient:
    content = document.content
    if content.get("client_id") != url:
        raise DocumentUnavailable("its client_id is not its own address")
    given = content.get("redirect_uris")
    found = cast("list[Any]", given) if isinstance(given, list) else []
    uris = [uri for uri in found[:_MOST_REDIRECTS] if isinstance(uri, str)]
    usable = tuple(uri for uri in uris if is_usable(uri) and belongs_to(uri, url))
    if not usable:
        raise DocumentUnavailable("it has no redirect_uris at its own host or on this machine")
    age = timedelta(seconds=min(document.max_age or 0, _LONGEST_CACHE.total_seconds()))
    return OAuthClient(
        url,
        "document",
        usable,
        name=_name_in(content),
        created_at=now,
        fetched_at=now,
        fresh_until=now + max(age, _SHORTEST_CACHE),
    )


def _stale(known: OAuthClient | None, now: datetime, reason: str) -> OAuthClient:
    """Return a client as its document was, for a week in which it cannot be read."""
    if known is not None and known.fetched_at and now - known.fetched_at <= _LONGEST_STALE:
        return known
    words = f"the metadata document of this client cannot be used: {reason}"
    raise OAuthError("invalid_client", words, status=401)


def _registered_redirects(given: object) -> tuple[str, ...]:
    uris = cast("Sequence[Any]", given) if isinstance(given, list) else ()
    if not 1 <= len(uris) <= _MOST_REDIRECTS:
        raise OAuthError(
            "invalid_redirect_uri", f"redirect_uris must have 1 to {_MOST_REDIRECTS} addresses"
        )
    for uri in uris:
        if not isinstance(uri, str) or not is_usable(uri):
            raise OAuthError(
                "invalid_redirect_uri",
                f"{str(uri)[:100]!r} cannot be a redirect_uri: use https, http on localhost, or "
                "an app's own scheme, without a fragment",
            )
    return tuple(uris)


def _name_in(metadata: Mapping[str, Any]) -> str | None:
    name = metadata.get("client_name")
    return name[:_LONGEST_NAME] if isinstance(name, str) and name.isprintable() else None

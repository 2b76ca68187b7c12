"""The routes of OAuth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.routing import Route

from vapi_mcp.accounts.service import AccessService
from vapi_mcp.http.middleware.oauth_discovery import (
    AUTHORIZE,
    REGISTER,
    REVOKE,
    TOKEN,
    resource_paths,
    server_paths,
)
from vapi_mcp.http.oauth.addresses import Addresses, addresses_of
from vapi_mcp.http.oauth.authorize import AuthorizePage, SessionOf
from vapi_mcp.http.oauth.endpoints import ClientEndpoints
from vapi_mcp.http.oauth.offered import Handler, WhileOffered
from vapi_mcp.http.oauth.tickets import Tickets
from vapi_mcp.oauth.services import OAuthServices
from vapi_mcp.registry.registry import Registry
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.settings import Settings


def oauth_routes(
    services: OAuthServices,
    access: AccessService,
    is_offered: Callable[[], Awaitable[bool]],
    *,
    registry: Registry,
    ring: KeyRing,
    settings: Settings,
    session_of: SessionOf | None = None,
) -> list[Route]:
    """Return the routes; session_of: who is signed in elsewhere, such as in a console."""

    def addresses(request: Request) -> Addresses:
        return addresses_of(request.scope, settings.public_url)

    def route(path: str, **handlers: Handler) -> Route:
        return Route(path, WhileOffered(is_offered, **handlers))

    seconds = settings.request_timeout
    called = ClientEndpoints(services.clients, services.tokens, addresses, seconds)
    seen = AuthorizePage(
        services.authorization,
        access,
        registry,
        Tickets(ring),
        addresses,
        seconds=seconds,
        session_of=session_of,
    )
    return [
        *(route(p, get=called.resource_metadata) for p in resource_paths(settings.public_path)),
        *(route(p, get=called.server_metadata) for p in server_paths(settings.public_path)),
        route(AUTHORIZE, get=seen.get, post=seen.post),
        route(REGISTER, post=called.register),
        route(TOKEN, post=called.token),
        route(REVOKE, post=called.revoke),
    ]

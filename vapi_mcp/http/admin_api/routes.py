"""The routes of the admin API."""

from __future__ import annotations

from starlette.routing import Route

from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.admin import Administration
from vapi_mcp.http.admin_api.cursors import Cursors
from vapi_mcp.http.admin_api.documentation.docs_page import documentation_routes
from vapi_mcp.http.admin_api.endpoint import Resource
from vapi_mcp.http.admin_api.handler_context import HandlerContext
from vapi_mcp.http.admin_api.operation import AnyOperation
from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.http.admin_paths import ROOTS
from vapi_mcp.security.keyring import KeyRing
from vapi_mcp.settings import Settings


def admin_routes(
    administration: Administration, access: AccessService, ring: KeyRing, settings: Settings
) -> list[Route]:
    """Return the routes of the admin API, its OpenAPI document and its documentation page.

    The ring signs cursors. Unknown paths below the API's own are answered here too, so that
    without a key they look the same as the known ones.
    """
    context = HandlerContext(administration, Cursors(ring), settings.public_url)
    seconds = settings.request_timeout
    paths = sorted({operation.path for operation in OPERATIONS})
    nowhere = Resource((), context, access, seconds)
    return [
        *documentation_routes(settings.public_url),
        *(
            route
            for path in paths
            for route in _both(path, Resource(_of(path), context, access, seconds))
        ),
        *(Route(f"/{root}/{{rest:path}}", nowhere) for root in ROOTS),
    ]


def _of(path: str) -> tuple[AnyOperation, ...]:
    return tuple(operation for operation in OPERATIONS if operation.path == path)


def _both(path: str, resource: Resource) -> tuple[Route, Route]:
    # People add slashes, and a redirect loses the body in some clients.
    return Route(path, resource), Route(f"{path}/", resource)

"""Routes that are loaded by the first request for one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from vapi_mcp.late import Late


def late_routes(paths: Iterable[str], load: Callable[[], Sequence[Route]]) -> list[Route]:
    """Return routes for some paths, behind which the loaded ones choose."""
    app = LateRoutes(load)
    return [Route(path, app) for path in paths]


class LateRoutes:
    """The ASGI app over such routes."""

    def __init__(self, load: Callable[[], Sequence[Route]]) -> None:
        self._router: Late[ASGIApp] = Late(lambda: Router(load(), redirect_slashes=False))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; only the loaded route says what is variable in its path."""
        scope["path_params"] = {}
        await (await self._router.get())(scope, receive, send)

"""Authentication: any bearer key that begins with `sandbox`; signed links need none."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vapi_mcp.sandbox.requests.refusals import unauthorized
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.security.tokens import bearer_in

KEY_PREFIX = "sandbox"
STORAGE = "/storage/"
# The control URLs of calls take no key.
CONTROL = "/control"
_OPEN = frozenset({"/", "/healthz"})


class KeyGate:
    """Refuses requests to the API that carry no sandbox key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 401."""
        if scope["type"] == "http" and not _is_welcome(scope):
            refused = unauthorized()
            await json_answer(refused.body, refused.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_welcome(scope: Scope) -> bool:
    path: str = scope["path"]
    if path in _OPEN or path.startswith(STORAGE) or path.endswith(CONTROL):
        return True
    return bearer_in(Headers(scope=scope).get("authorization", "")).startswith(KEY_PREFIX)

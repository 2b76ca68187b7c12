"""One log line a request."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vapi_mcp.web.ready_lines import json_line, ready_lines

logger = logging.getLogger(__name__)

# Asked every few seconds by machines; only a no is worth a line.
_PROBES = ("/healthz", "/readyz", "/metrics")

_EVENT = "%s %s %d %.1f ms"

# The status that proxies write when the client left before its answer.
CLIENT_LEFT = 499


class AccessLog:
    """Writes one line a request: method, route, status, milliseconds.

    The route is a template, so that no token reaches a log; what matches none is `unmatched`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log how it ended."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, status = time.perf_counter(), CLIENT_LEFT

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            return await self._app(scope, receive, noting)
        except Exception:
            # What catches it outside of us answers with this.
            status = 500
            raise
        finally:
            write_line(scope, route_of(scope), status, begun)


def write_line(scope: Scope, route: str, status: int, begun: float) -> None:
    """Write the line of a request that began at a moment of `time.perf_counter`."""
    is_probe = route in _PROBES and status < HTTPStatus.BAD_REQUEST
    level = logging.DEBUG if is_probe else logging.INFO
    if not logger.isEnabledFor(level):
        return
    passed, method = (time.perf_counter() - begun) * 1000, scope["method"]
    fields = {"method": method, "route": route, "status": status, "ms": round(passed, 1)}
    if client := scope.get("client"):
        fields["source"] = client[0]
    logger.log(level, _EVENT, method, route, status, passed, extra=fields)


def write_usual_line(route: str, status: int, begun: float, source: str | None) -> None:
    """Write the line of a POST to one of our own routes, as `write_line` does, and cheaper.

    source: an address, which holds no secret, as nothing else of the line does.
    """
    lines = ready_lines()
    if lines is None or not logger.isEnabledFor(logging.INFO):
        scope = {"method": "POST", "client": (source, 0) if source else None}
        return write_line(scope, route, status, begun)
    passed = (time.perf_counter() - begun) * 1000
    fields = {"method": "POST", "route": route, "status": status, "ms": round(passed, 1)}
    if source is not None:
        fields["source"] = source
    event = _EVENT % ("POST", route, status, passed)
    return lines.add(json_line(event, "info", __name__, time.time(), fields))


def route_of(scope: Scope) -> str:
    """Return the template of the route that took a request, `/mcp/{token}` for example."""
    if "endpoint" not in scope:
        return "unmatched"
    names = {str(value): name for name, value in scope["path_params"].items()}
    parts = scope["path"].split("/")
    return "/".join(f"{{{names[part]}}}" if part in names else part for part in parts)

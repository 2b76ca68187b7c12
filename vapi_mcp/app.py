"""The hosted server: the one place that knows every part of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import ServerRequestContext
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vapi_mcp.access.models import Grant
from vapi_mcp.access.service import AccessService
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.protocol.access_log import AccessLog
from vapi_mcp.protocol.discretion import keep_logs_discreet
from vapi_mcp.protocol.drain import Drain
from vapi_mcp.protocol.framing import FramingGuard
from vapi_mcp.protocol.guard import Guard
from vapi_mcp.protocol.handlers import create_mcp_server
from vapi_mcp.protocol.hosts import HostGuard
from vapi_mcp.protocol.http import StreamableHttp
from vapi_mcp.protocol.instructions import INSTRUCTIONS
from vapi_mcp.protocol.preview import tools_preview
from vapi_mcp.protocol.probes import OAuthProbes
from vapi_mcp.protocol.refusals import json_response, plain_error
from vapi_mcp.protocol.sse import EventStream, EventStreamMessages, EventStreams
from vapi_mcp.registry.registry import Registry
from vapi_mcp.settings import Settings


def create_app(
    *,
    settings: Settings,
    registry: Registry,
    access: AccessService,
    invoker: Invoker,
    on_shutdown: Callable[[], Awaitable[None]] | None = None,
) -> Starlette:
    """Return the hosted server as an ASGI app.

    `app.state.drain` is what the process's server begins when it is told to end
    (`DrainingServer`); `on_shutdown` runs when the last connection is gone.
    """
    keep_logs_discreet()
    server = create_mcp_server(
        registry, invoker, current_grant=_grant_of, instructions=INSTRUCTIONS
    )
    limit = settings.max_request_bytes
    guard = Guard(access, registry, max_bytes=limit, seconds=settings.request_timeout)
    streamable = StreamableHttp(server, registry, guard, limit)
    drain, streams = Drain(), EventStreams(limit)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        del app
        try:
            async with streamable.running():
                yield
        finally:
            if on_shutdown:
                await on_shutdown()

    app = Starlette(
        routes=[
            *_both("/mcp", streamable),
            *_both("/mcp/{token}", streamable),
            *_both("/sse/{token}", EventStream(server, streams, guard, drain)),
            *_both("/messages/{token}", EventStreamMessages(streams, guard)),
            Route("/tools", tools_preview(registry)),
            Route("/healthz", _health),
        ],
        middleware=[
            Middleware(AccessLog),
            Middleware(FramingGuard),
            Middleware(HostGuard, settings=settings),
            Middleware(OAuthProbes),
        ],
        exception_handlers={HTTPException: _not_served, Exception: _fail},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.drain = drain
    return app


def _both(path: str, endpoint: Callable[..., Any]) -> tuple[Route, Route]:
    # Clients and people add slashes, and a redirect loses the body in some of them.
    return Route(path, endpoint), Route(f"{path}/", endpoint)


def _grant_of(ctx: ServerRequestContext[Any, Any]) -> Grant:
    request: Request = ctx.request  # pyright: ignore[reportAssignmentType] - always one over HTTP
    return request.state.grant


async def _health(request: Request) -> Response:
    del request
    return json_response({"status": "ok"})


async def _not_served(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, HTTPException):
        raise error
    known = {404: "there is nothing here", 405: "this method is not answered here"}
    text = known.get(error.status_code, error.detail)
    return plain_error(error.status_code, text, error.headers)


async def _fail(request: Request, error: Exception) -> Response:
    del request, error
    return plain_error(500, "this server failed; its log says more")

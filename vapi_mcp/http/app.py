"""The HTTP application: its routes, and the order of its middleware."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from vapi_mcp.http.drain import Drain
from vapi_mcp.http.endpoints.health import alive
from vapi_mcp.http.errors import plain_error
from vapi_mcp.http.middleware.access_log import AccessLog
from vapi_mcp.http.middleware.cors import Cors, cors_headers
from vapi_mcp.http.middleware.host_check import HostGuard
from vapi_mcp.http.middleware.late_bodies import LateBodies
from vapi_mcp.http.middleware.oauth_discovery import OAuthDiscovery
from vapi_mcp.http.middleware.request_framing import FramingGuard
from vapi_mcp.http.middleware.security_headers import DISCREET, ResponseHeaders
from vapi_mcp.http.middleware.short_way import AnswerUsual, ShortWay
from vapi_mcp.http.middleware.trusted_proxies import TrustedProxies
from vapi_mcp.settings import Settings

MEDIA_PATH = "/media/{signed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The parts of the hosted server that HTTP reaches.

    streamable, stream, messages, media, tools, readiness, metrics: what answers at the path of
    the same name. admin, oauth: the routes of the admin API and of OAuth; offers_oauth: whether
    clients may sign in now. console: what answers below `/console`. background: what runs from
    before the first
    request until after the last one, entered in this order and left in the reverse one. usual:
    answers usual requests to `streamable` before all middleware.
    """

    settings: Settings
    streamable: Callable[..., Any]
    stream: Callable[..., Any]
    messages: Callable[..., Any]
    media: Callable[..., Any]
    tools: Callable[..., Any]
    readiness: Callable[..., Any]
    metrics: Callable[..., Any]
    admin: Sequence[Route]
    console: ASGIApp
    oauth: Sequence[Route]
    offers_oauth: Callable[[], Awaitable[bool]]
    drain: Drain
    background: Sequence[AbstractAsyncContextManager[Any]]
    usual: AnswerUsual | None = None


def create_app(endpoints: Endpoints) -> Starlette:
    """Return the ASGI app; `app.state.drain` is what its server begins when it has to end."""
    settings, usual = endpoints.settings, endpoints.usual
    short = [Middleware(ShortWay, settings=settings, answer=usual)] if usual else []
    app = Starlette(
        routes=_routes(endpoints),
        middleware=[
            *short,
            Middleware(LateBodies),
            Middleware(TrustedProxies, networks=settings.trusted_proxies),
            Middleware(ResponseHeaders),
            Middleware(AccessLog),
            Middleware(FramingGuard),
            Middleware(HostGuard, settings=settings),
            Middleware(Cors),
            Middleware(
                OAuthDiscovery,
                is_offered=endpoints.offers_oauth,
                public_path=settings.public_path,
            ),
        ],
        exception_handlers={HTTPException: _not_served, Exception: _fail},
        lifespan=_holding(endpoints.background),
    )
    app.router.redirect_slashes = False
    app.state.drain = endpoints.drain
    return app


def _routes(endpoints: Endpoints) -> list[Route]:
    return [
        *_both("/mcp", endpoints.streamable),
        *_both("/mcp/{token}", endpoints.streamable),
        *_both("/sse/{token}", endpoints.stream),
        # Clients that append the name of a transport to whatever URL they are given.
        *_both("/mcp/{token}/mcp", endpoints.streamable),
        *_both("/mcp/{token}/sse", endpoints.stream),
        *_both("/messages/{token}", endpoints.messages),
        *endpoints.admin,
        Route("/console", endpoints.console),
        Route("/console/{rest:path}", endpoints.console),
        *endpoints.oauth,
        Route(MEDIA_PATH, endpoints.media),
        Route("/tools", endpoints.tools),
        Route("/healthz", alive),
        Route("/readyz", endpoints.readiness),
        Route("/metrics", endpoints.metrics),
    ]


def _both(path: str, endpoint: Callable[..., Any]) -> tuple[Route, Route]:
    # Clients and people add slashes, and a redirect loses the body in some of them.
    return Route(path, endpoint), Route(f"{path}/", endpoint)


def _holding(
    parts: Sequence[AbstractAsyncContextManager[Any]],
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        del app
        async with AsyncExitStack() as stack:
            for part in parts:
                await stack.enter_async_context(part)
            yield

    return lifespan


async def _not_served(request: Request, error: Exception) -> Response:
    del request
    if not isinstance(error, HTTPException):
        raise error
    known = {404: "there is nothing here", 405: "this method is not allowed here"}
    text = known.get(error.status_code, error.detail)
    return plain_error(error.status_code, text, error.headers)


async def _fail(request: Request, error: Exception) -> Response:
    del error
    headers = {**DISCREET, **cors_headers(request.scope)}
    return plain_error(500, "this server failed; its log has the details", headers)

"""The simulated Vapi as an ASGI app."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from vapi_mcp.sandbox.calls.control import control_endpoint
from vapi_mcp.sandbox.faults.injection import Faults
from vapi_mcp.sandbox.requests.authentication import STORAGE, KeyGate
from vapi_mcp.sandbox.requests.refusals import Refusal, no_route
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.requests.routing import api_routes
from vapi_mcp.sandbox.state.sandbox import Sandbox
from vapi_mcp.sandbox.state.saving import Saver
from vapi_mcp.sandbox.state.scheduled_steps import wind_up
from vapi_mcp.sandbox.state.snapshot import StateSnapshot
from vapi_mcp.sandbox.storage.host import storage_endpoint
from vapi_mcp.specs.facts.facts import Facts

Handling: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_sandbox(
    *,
    facts: Facts,
    world: StateSnapshot,
    clock: Callable[[], datetime] = _utc_now,
    base_url: str | None = None,
    state_file: Path | None = None,
) -> Starlette:
    """Return an app that answers for Vapi, over one organisation.

    Everything that takes time (calls, campaigns, runs, file processing) moves with `clock` and
    nothing else. `base_url` is what signed links begin with; without one it follows from the
    request. With `state_file` the world is written there after changes, at most once a second,
    and at shutdown; reading it back at the start is the caller's part (`StateSnapshot.load`).
    """
    sandbox = Sandbox(facts=facts, world=world, clock=clock)
    wind_up(sandbox)
    saver = Saver(sandbox, state_file) if state_file else None

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        del app
        yield
        if saver:
            await saver.stop()

    middleware = [Middleware(KeyGate), Middleware(Faults)]
    if saver:
        middleware.append(Middleware(_Saving, saver=saver))
    return Starlette(
        routes=_routes(sandbox, base_url),
        middleware=middleware,
        exception_handlers={
            Refusal: _refuse,
            HTTPException: _not_served,
            Exception: _fail,
        },
        lifespan=lifespan,
    )


def _routes(sandbox: Sandbox, base_url: str | None) -> list[Route]:
    return [
        Route("/", _about(sandbox)),
        Route("/healthz", _health),
        Route(
            f"{STORAGE}call/{{call_id}}/{{name}}",
            storage_endpoint(sandbox),
            methods=["GET", "PUT", "POST", "DELETE"],
        ),
        Route("/{call_id:uuid}/control", control_endpoint(sandbox), methods=["POST"]),
        *api_routes(sandbox, base_url),
    ]


class _Saving:
    """Lets the saver look for changes after each request."""

    def __init__(self, app: ASGIApp, saver: Saver) -> None:
        self._app = app
        self._saver = saver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        if scope["type"] == "http":
            self._saver.note()


def _about(sandbox: Sandbox) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        del request
        counts = {kind: len(items) for kind, items in sandbox.world.resources.items()}
        return json_answer(
            {
                "name": "Vapi sandbox",
                "about": "A simulated Vapi. Use any bearer key that begins with `sandbox`.",
                "orgId": sandbox.world.org_id,
                "objects": counts,
            }
        )

    return serve


async def _health(request: Request) -> Response:
    del request
    return json_answer({"status": "ok"})


async def _refuse(request: Request, error: Exception) -> Response:
    del request
    refused = cast("Refusal", error)
    return json_answer(refused.body, refused.status)


async def _not_served(request: Request, error: Exception) -> Response:
    del error
    refused = no_route(request.method, request.url.path)
    return json_answer(refused.body, refused.status)


async def _fail(request: Request, error: Exception) -> Response:
    del request, error
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return json_answer({"statusCode": status, "message": "Internal server error"}, status)

"""Signing in with an API token of kind admin, and out."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.cookie import SessionCookie
from vapi_mcp.console.frame.endpoint import READING, not_allowed, respond
from vapi_mcp.console.frame.forms import check_sender, read_form
from vapi_mcp.console.frame.rendering import Renderer
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AccessError, AdminError

_UNKNOWN = (
    "This is not an API token of this server, or not any more. The server printed the first one "
    "when it started; `vapi-mcp api-token create --kind admin` makes another."
)


class SignIn:
    """The page that asks for an API token and begins a session."""

    def __init__(self, console: Console, pages: Renderer) -> None:
        self._console = console
        self._pages = pages
        self._cookie = SessionCookie(console.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the form, or take it."""
        await respond(self._pages, self._answer, scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._take(request)
        if request.method in READING:
            return await self._show(request)
        return not_allowed(self._pages, *READING, "POST")

    async def _show(self, request: Request) -> Response:
        if await self._console.administration.sessions.find(self._cookie.read(request)):
            return RedirectResponse(self._target(request), 303)
        return self._form(request)

    async def _take(self, request: Request) -> Response:
        check_sender(request, self._console.settings.public_url)
        form = await read_form(request, self._console.settings.request_timeout)
        try:
            actor = await self._console.access.administrator(form.text("token"))
        except AccessError as error:
            return self._form(request, str(error) or _UNKNOWN, HTTPStatus.FORBIDDEN)
        sessions = self._console.administration.sessions
        # The session that the browser had is over, so that nobody who knew it comes along.
        if old := await sessions.find(self._cookie.read(request)):
            with suppress(AdminError):  # another request ended it
                await sessions.end(old.api_token, old.id)
        _, secret = await sessions.begin(actor, request.headers.get("user-agent", ""))
        response = RedirectResponse(self._target(request), 303)
        self._cookie.write(request, response, secret)
        return response

    def _form(self, request: Request, problem: str = "", status: int = 200) -> Response:
        values = {"visit": None, "problem": problem, "next": request.query_params.get("next", "")}
        return self._pages.page("sign_in.html", values, status)

    def _target(self, request: Request) -> str:
        """Return the page that was asked for: a path below `/console`, never another site."""
        wanted = request.query_params.get("next", "")
        return self._pages.at(wanted if is_path_of_ours(wanted) else "")


def is_path_of_ours(wanted: str) -> bool:
    """Return whether a path, below `/console`, stays there."""
    path = unquote(wanted.partition("?")[0])
    is_below = path.startswith("/") or wanted.startswith("?")
    return is_below and ".." not in path and not re.search(r"//|\\", path) and wanted.isprintable()


async def sign_out(console: Console, visit: Visit) -> Response:
    """End the session of the request."""
    with suppress(AdminError):  # another request ended it
        await console.administration.sessions.end(visit.actor, visit.session.id)
    response = visit.see("/sign-in")
    SessionCookie(console.settings).clear(visit.request, response)
    return response

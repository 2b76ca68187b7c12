"""The endpoint of a page: its session, its form, its errors."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from vapi_mcp.admin.access.api_tokens import READ_ONLY
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.cookie import SessionCookie
from vapi_mcp.console.frame.forms import Form, check_form_token, check_sender, form_token, read_form
from vapi_mcp.console.frame.rendering import Renderer
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.errors import AdminError, StoreError, reason_phrase
from vapi_mcp.invocation.explaining import logged
from vapi_mcp.protocol.results import breakdown_message

READING = ("GET", "HEAD")
# Ids of ours, of Vapi and names of tools; `..` is none of them, and no segment is left by one.
NAME = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~:-]{0,127}")

Handler: TypeAlias = Callable[[Console, Visit], Awaitable[Response]]


class Page:
    """The ASGI app of one path, for people who have signed in.

    get, post: what answers, None where the method is not allowed. changes: whether `post` changes
    something, which a read-only API token may not.
    """

    def __init__(
        self, get: Handler | None = None, post: Handler | None = None, *, changes: bool = True
    ) -> None:
        self.get = get
        self.post = post
        self.changes = changes

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are allowed."""
        return (*(READING if self.get else ()), *(("POST",) if self.post else ()))


class PageEndpoint:
    """Answers requests for a page."""

    def __init__(self, page: Page, console: Console, pages: Renderer) -> None:
        self._page = page
        self._console = console
        self._pages = pages
        self._cookie = SessionCookie(console.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; an error is a page as well."""
        await respond(self._pages, self._answer, scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        secret = self._cookie.read(request)
        session = await self._console.administration.sessions.find(secret) if secret else None
        if session is None:
            return self._to_sign_in(request)
        _check_address(request)
        visit = Visit(request, session, form_token(secret), self._pages)
        if request.method in READING and self._page.get:
            return await self._page.get(self._console, visit)
        if request.method != "POST" or self._page.post is None:
            return not_allowed(self._pages, *self._page.methods)
        check_sender(request, self._console.settings.public_url)
        form = await read_form(request, self._console.settings.request_timeout)
        check_form_token(form, visit.form_token)
        if self._page.changes and visit.actor.read_only:
            raise AdminError(READ_ONLY, status=HTTPStatus.FORBIDDEN)
        return await self._changed(visit, form)

    async def _changed(self, visit: Visit, form: Form) -> Response:
        assert self._page.post is not None  # noqa: S101 - checked by the caller
        sent = Visit(visit.request, visit.session, visit.form_token, self._pages, form)
        try:
            return await self._page.post(self._console, sent)
        finally:
            # A change holds in this process at once; other processes see it in half a second.
            self._console.access.forget()

    def _to_sign_in(self, request: Request) -> Response:
        path = request.url.path
        if request.method not in READING or request.headers.get("x-fragment"):
            raise AdminError("the session has ended; sign in again", status=401)
        query = f"?{request.url.query}" if request.url.query else ""
        inner = path.removeprefix("/console") + query
        target = self._pages.at("/sign-in") + (f"?next={quote(inner)}" if inner else "")
        return RedirectResponse(target, 303)


def _check_address(request: Request) -> None:
    """Refuse a path that names nothing, and a query string that no store takes.

    Raises:
        AdminError: 404 or 400.
    """
    ids: dict[str, str] = request.path_params
    if not all(NAME.fullmatch(each) for each in ids.values()):
        raise AdminError("there is no such page", status=404)
    if any("\0" in f"{name}{value}" for name, value in request.query_params.multi_items()):
        raise AdminError("this link holds a null character", status=400)


async def respond(
    pages: Renderer,
    answer: Callable[[Request], Awaitable[Response]],
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Answer a request with a page, unless its browser has left."""
    request = Request(scope, receive)
    try:
        response = await answered(pages, request, answer(request))
    except ClientDisconnect:
        return
    await response(scope, receive, send)


async def answered(pages: Renderer, request: Request, answer: Awaitable[Response]) -> Response:
    """Return an answer, or the error that it raised: as a page, or as the part that was asked."""
    is_part = "x-fragment" in request.headers
    try:
        return await answer
    except AdminError as error:
        return error_page(pages, error.status, str(error), is_part=is_part)
    except StoreError as error:
        return error_page(pages, HTTPStatus.SERVICE_UNAVAILABLE, str(error), is_part=is_part)
    except ClientDisconnect:
        raise
    except Exception as error:  # noqa: BLE001 - a person gets a page, and the log the details
        message = breakdown_message(logged(error, "console"))
        return error_page(pages, HTTPStatus.INTERNAL_SERVER_ERROR, message, is_part=is_part)


def error_page(pages: Renderer, status: int, message: str, *, is_part: bool = False) -> Response:
    """Return the page of an error, or a part of a page that says it."""
    values = {"visit": None, "title": reason_phrase(status), "message": message}
    return pages.page("error_part.html" if is_part else "error.html", values, status)


def not_allowed(pages: Renderer, *methods: str) -> Response:
    """Return the page of an error, for a method that is none of those that are allowed."""
    response = error_page(pages, 405, "this method is not allowed here")
    response.headers["Allow"] = ", ".join(methods)
    return response

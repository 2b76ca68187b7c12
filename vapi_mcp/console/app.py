"""The console's ASGI app: every page and its path."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vapi_mcp.console.access.overview import access, delete_grant, end_session, rotate_keys
from vapi_mcp.console.access.tokens import create_token, delete_token, new_token, show_token
from vapi_mcp.console.accounts.link import create_account, new_account
from vapi_mcp.console.accounts.pages import (
    account_page,
    accounts_page,
    change_account,
    change_key,
    delete_account,
)
from vapi_mcp.console.activity.charts import charts
from vapi_mcp.console.activity.pages import activity, entry_page, export, rows
from vapi_mcp.console.activity.spending import spending
from vapi_mcp.console.calls.pages import call_page, calls_page, log_page
from vapi_mcp.console.calls.recording import recording, waveform
from vapi_mcp.console.changes.pages import change_page, changes, referrers, restore
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.endpoint import Page, PageEndpoint, error_page
from vapi_mcp.console.frame.rendering import HEADERS, Renderer
from vapi_mcp.console.frame.sign_in import SignIn, sign_out
from vapi_mcp.console.health.page import health
from vapi_mcp.console.overview import overview
from vapi_mcp.console.servers.connecting import waiting
from vapi_mcp.console.servers.editing import (
    change_server,
    create_server,
    edit_server,
    new_server,
    preview,
)
from vapi_mcp.console.servers.pages import (
    delete_server,
    rotate_server,
    server_page,
    servers_page,
)
from vapi_mcp.console.tools.pages import tool_page, tools_page, try_tool

# By the path below `/console`.
PAGES: Mapping[str, Page] = {
    "": Page(overview),
    "/access": Page(access),
    "/access/grants/{grant}/delete": Page(post=delete_grant),
    "/access/keys/rotate": Page(post=rotate_keys),
    "/access/sessions/{session}/end": Page(post=end_session),
    "/access/tokens/new": Page(new_token, create_token),
    "/access/tokens/{token}": Page(show_token),
    "/access/tokens/{token}/delete": Page(post=delete_token),
    "/accounts": Page(accounts_page),
    "/accounts/new": Page(new_account, create_account),
    "/accounts/{account}": Page(account_page, change_account),
    "/accounts/{account}/delete": Page(post=delete_account),
    "/accounts/{account}/key": Page(post=change_key),
    "/activity": Page(activity),
    "/activity/charts": Page(charts),
    "/activity/spending": Page(spending),
    "/activity/export": Page(export),
    "/activity/rows": Page(rows),
    "/activity/{entry}": Page(entry_page),
    "/calls/{account}": Page(calls_page),
    "/calls/{account}/{call}": Page(call_page),
    "/calls/{account}/{call}/log": Page(log_page),
    "/calls/{account}/{call}/recording": Page(recording),
    "/calls/{account}/{call}/waveform.svg": Page(waveform),
    "/changes": Page(changes),
    "/changes/{change}": Page(change_page),
    "/changes/{change}/referrers": Page(referrers),
    "/changes/{change}/restore": Page(post=restore),
    "/health": Page(health),
    "/servers": Page(servers_page),
    "/servers/new": Page(new_server, create_server),
    "/servers/preview": Page(post=preview, changes=False),
    "/servers/{account}/{server}": Page(server_page),
    "/servers/{account}/{server}/delete": Page(post=delete_server),
    "/servers/{account}/{server}/edit": Page(edit_server, change_server),
    "/servers/{account}/{server}/preview": Page(post=preview, changes=False),
    "/servers/{account}/{server}/rotate": Page(post=rotate_server),
    "/servers/{account}/{server}/waiting": Page(waiting),
    "/sign-out": Page(post=sign_out, changes=False),
    "/tools": Page(tools_page),
    "/tools/{tool}": Page(tool_page, try_tool, changes=False),
}


def console_app(console: Console) -> ASGIApp:
    """Return the app of all paths that begin with `/console`."""
    pages = Renderer(console.settings.public_path)
    routes = [
        Route(f"/console{path}", PageEndpoint(page, console, pages)) for path, page in PAGES.items()
    ]
    router = Router(
        [
            Route("/console/sign-in", SignIn(console, pages)),
            Route("/console/static/{mark}/{name}", pages.assets.serve),
            *routes,
        ],
        default=_Nowhere(pages),
        redirect_slashes=False,
    )
    return _Enclosed(router, pages)


class _Enclosed:
    """Takes a slash at the end of a path away, and gives every answer the console's headers."""

    def __init__(self, app: ASGIApp, pages: Renderer) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["path"] = scope["path"].rstrip("/")
        scope["path_params"] = {}

        async def completing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, completing)
        except HTTPException as error:  # of a file that is not there
            page = error_page(self._pages, error.status_code, error.detail)
            page.headers.update(error.headers or {})
            await page(scope, receive, completing)


class _Nowhere:
    def __init__(self, pages: Renderer) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = "There is no such page. Start again from the overview."
        await error_page(self._pages, 404, message)(scope, receive, send)

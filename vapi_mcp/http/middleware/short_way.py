"""The short way of usual MCP requests: what all middleware checks and adds, in one step."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vapi_mcp.http.errors import Refusal
from vapi_mcp.http.middleware.access_log import CLIENT_LEFT, write_usual_line
from vapi_mcp.http.middleware.host_check import HostGuard
from vapi_mcp.http.middleware.security_headers import DISCREET
from vapi_mcp.http.middleware.trusted_proxies import TrustedProxies
from vapi_mcp.security.tokens import LENGTH
from vapi_mcp.settings import Settings

# Where a scope holds the answer to a request that was refused on the short way.
REFUSED = "vapi_mcp.refused"

# Answers a request, and returns None; or returns a `receive` that gives the request once more.
AnswerUsual: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[Receive | None]]

_PATH = "/mcp"
_BELOW = f"{_PATH}/"
# Larger bodies are no usual ones, and are not worth to be read twice.
_LARGEST = 64 * 1024
_DIGITS = len(str(_LARGEST))
# A request has each of these once at most, and none that other middleware acts on.
_ONCE = frozenset(
    {b"host", b"content-type", b"content-length", b"accept", b"accept-encoding"}
    | {b"authorization", b"x-api-token"}
)
_UNUSUAL = frozenset({b"origin", b"transfer-encoding", b"expect"})
_LOOKED_AT = _ONCE | _UNUSUAL
_ADDED = [(name.lower().encode(), value.encode()) for name, value in DISCREET.items()]
_VARY, _ORIGIN = b"vary", b"Origin"
# The headers of most answers, in the orders of both lanes, and what is added to them.
_OF_JSON = ([b"content-type", b"content-length"], [b"content-length", b"content-type"])
_ADDED_TO_JSON = [(_VARY, _ORIGIN), *_ADDED]


class ShortWay:
    """Takes usual requests past the middleware behind it, which would do the same to them.

    It knows a usual request by its method, path and headers. `answer` may still find it unusual;
    then it goes on as it came, and so does one that is refused, with its refusal.
    """

    def __init__(self, app: ASGIApp, settings: Settings, answer: AnswerUsual) -> None:
        self._app = app
        self._answer = answer
        self._hosts = HostGuard(app, settings)
        self._proxies = TrustedProxies(app, settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        own = self._usual(scope)
        rest: Receive | None = receive
        if own is not None:
            outlet = _Outlet(own, send)
            try:
                rest = await self._answer(own, receive, outlet.send)
            except Refusal as refusal:
                scope[REFUSED] = refusal
            except ClientDisconnect:
                pass  # the others hear the same
            except BaseException as error:
                outlet.log(500 if isinstance(error, Exception) else None)
                raise
            if rest is None:
                return outlet.log()
        return await self._app(scope, rest or receive, send)

    def _usual(self, scope: Scope) -> Scope | None:
        """Return a usual request's scope, as the middleware would leave it; None for others."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        found: dict[bytes, bytes] = {}
        headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        for name, value in headers:
            if name in _LOOKED_AT:
                if name in found or name in _UNUSUAL:
                    return None
                found[name] = value
        params = _params_of(scope["path"])
        is_known = self._hosts.knows(found.get(b"host", b"").decode("latin-1"))
        if params is None or not is_known or not _is_small(found.get(b"content-length", b"")):
            return None
        client = self._proxies.client_of(scope)
        return {**scope, "headers": headers, "client": client, "path_params": params}


class _Outlet:
    """A request's way out: it completes the answer and notes its status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._begun = time.perf_counter()
        self._status = CLIENT_LEFT

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message = {**message, "headers": _completed(message["headers"])}
        await self._send(message)

    def log(self, status: int | None = None) -> None:
        route = f"{_BELOW}{{token}}" if self._scope["path_params"] else _PATH
        client = self._scope["client"]
        source = client[0] if client else None
        write_usual_line(route, status or self._status, self._begun, source)


def _params_of(path: str) -> dict[str, str] | None:
    """Return the parameters of a path that may be a server's; a token has no other characters."""
    if path == _PATH:
        return {}
    token = path.removeprefix(_BELOW)
    is_token = len(token) == LENGTH and len(path) > LENGTH and token.replace("_", "").isalnum()
    return {"token": token} if is_token and token.isascii() else None


def _is_small(length: bytes) -> bool:
    return len(length) <= _DIGITS and length.isdigit() and int(length) <= _LARGEST


def _completed(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers with what the middleware would add, in its order."""
    names = [name for name, _ in headers]
    if names in _OF_JSON:
        return headers + _ADDED_TO_JSON
    if _VARY in names:
        headers = [(n, v + b", " + _ORIGIN if n == _VARY else v) for n, v in headers]
    else:
        headers = [*headers, (_VARY, _ORIGIN)]
    return headers + [each for each in _ADDED if each[0] not in names]

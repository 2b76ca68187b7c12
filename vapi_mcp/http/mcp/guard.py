"""The guard before every MCP message: its tokens, its scope, its body."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import PLACES_OF_NOTES, Grant, Notes
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.errors import AccessError, ApiTokenRequired, LimitReached, StoreError
from vapi_mcp.http.bodies import read_json_body
from vapi_mcp.http.errors import (
    CLOSING,
    Refusal,
    api_token_required,
    limit_reached,
    unauthorized,
    unavailable,
)
from vapi_mcp.http.headers import RequestHeaders
from vapi_mcp.http.mcp.bytes_in_work import BytesInWork, MessageBytes
from vapi_mcp.protocol.discovery import seen_through
from vapi_mcp.protocol.json_rpc import INVALID_PARAMS, BadMessage, Message, read_message
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope as ToolScope
from vapi_mcp.registry.scope import scope_of
from vapi_mcp.registry.tool import Tool
from vapi_mcp.security.tokens import bearer_in
from vapi_mcp.specs.tools.toolspec import Catalogue

# More than any message needs that brings no file.
_MOST_WITHOUT_FILE = 2 * 1024 * 1024


class SignIn(Protocol):
    """OAuth, as far as the guard needs it."""

    async def is_offered(self) -> bool:
        """Return whether clients may sign in."""
        ...

    def takes(self, token: str) -> bool:
        """Return whether a token is one of OAuth, live or not."""
        ...

    async def resolve(self, token: str, *, afresh: bool = False) -> Grant:
        """Return the grant of an access token; raises AccessError where it opens nothing."""
        ...

    def refusal(self, scope: Scope, token: str) -> Refusal:
        """Return the answer to a request without a live token."""
        ...


class Guard:
    """What stands before every MCP message: the token first, then the body.

    max_bytes bounds a body (2 MiB unless it brings a tool a file), seconds its arrival, limits all
    requests but tool calls: those have their own answer to a limit, which a model reads.
    """

    def __init__(
        self,
        access: AccessService,
        registry: Registry,
        *,
        max_bytes: int,
        seconds: float,
        limits: Limits,
        sign_in: SignIn | None = None,
    ) -> None:
        """Take what resolves tokens; sign_in: OAuth, where there may be any."""
        self._limits = limits
        self._sign_in = sign_in
        self._access = access
        self._registry = registry
        self.max_bytes = max_bytes
        self._most_without_file = min(max_bytes, _MOST_WITHOUT_FILE)
        self._in_work = BytesInWork(max_bytes)
        self._seconds = seconds
        self._takes_files = lru_cache(maxsize=256)(self._has_file_taker)

    async def admit(self, scope: Scope, *, afresh: bool = False) -> Grant:
        """Resolve the request's tokens and keep its grant in `scope["state"]["grant"]`.

        A query string (`?methods=read&tags=calls`) narrows the grant, and never widens it;
        `?notes=inside` says where notes go.
        afresh: ask the store, whatever was believed a moment ago.

        Raises:
            Refusal: A token opens nothing (401), the query leaves nothing of the grant (400), or
                the store does not answer (503).
        """
        try:
            grant = await self._resolved(scope, afresh=afresh)
        except ApiTokenRequired:
            raise api_token_required() from None
        except AccessError:
            raise await self._unauthorized(scope) from None
        except StoreError as error:
            raise unavailable(error.reference) from error
        if scope["query_string"]:
            narrowing = grant.narrowing.narrowed(narrowing_of(scope))
            grant = replace(grant, narrowing=narrowing, asked_notes=_notes_of(scope))
            _refuse_more(grant)
            if not self._registry.in_scope(grant.scope):
                raise Refusal(
                    HTTPStatus.BAD_REQUEST,
                    "the filters in the query string of this URL leave no tool of this "
                    "server; methods, tags, tools and exclude_tools can only narrow its "
                    "scope",
                    headers=CLOSING,
                )
        scope.setdefault("state", {})["grant"] = grant
        return grant

    async def check_signed_in(self, scope: Scope) -> None:
        """Refuse a request of any method without a live token, where clients can sign in.

        Raises:
            Refusal: As of `admit`.
        """
        if self._sign_in is None or "token" in scope["path_params"]:
            return
        try:
            is_offered = await self._sign_in.is_offered()
        except StoreError as error:
            raise unavailable(error.reference) from error
        if is_offered:
            await self.admit(scope)

    async def _resolved(self, scope: Scope, *, afresh: bool) -> Grant:
        token = token_of(scope)
        if (
            self._sign_in is not None
            and "token" not in scope["path_params"]
            and self._sign_in.takes(token)
        ):
            return await self._sign_in.resolve(token, afresh=afresh)
        grant = await self._access.resolve(token, afresh=afresh)
        brought = await self._access.check_api_token(grant, api_token_of(scope), afresh=afresh)
        if brought is None:
            return grant
        return Grant(grant.account, grant.server, grant.narrowing, grant.asked_notes, brought)

    async def _unauthorized(self, scope: Scope) -> Refusal:
        """Return the answer to a dead token; a secret URL says nothing about a sign-in."""
        if self._sign_in is None or "token" in scope["path_params"]:
            return unauthorized()
        try:
            is_offered = await self._sign_in.is_offered()
        except StoreError as error:
            return unavailable(error.reference)
        return self._sign_in.refusal(scope, token_of(scope)) if is_offered else unauthorized()

    async def admit_afresh(self, scope: Scope) -> Grant:
        """Admit a request once more, by what the store says now; the refusals are the same."""
        return await self.admit(scope, afresh=True)

    @asynccontextmanager
    async def reading(
        self, scope: Scope, receive: Receive
    ) -> AsyncGenerator[tuple[bytes, Message]]:
        """Hold the body of a request, and the one message in it, until it is answered.

        Raises:
            Refusal: The body is not JSON, too large, too slow, or no JSON-RPC message; or the
                server had too many requests, or too many bytes of them (429).
            ClientDisconnect: The client left.
        """
        with self.in_work(scope) as held:
            body, message = await self.read(scope, receive, held)
            self.count(scope, message)
            yield body, message

    def in_work(self, scope: Scope) -> MessageBytes:
        """Hold the bytes of one message of an admitted request until it is answered."""
        return self._in_work.message(scope["state"]["grant"].server.id)

    async def read(
        self, scope: Scope, receive: Receive, held: MessageBytes
    ) -> tuple[bytes, Message]:
        """Return the body of a request, and the one message in it; refusals as of `reading`."""
        grant = scope["state"]["grant"]
        limit = self.max_bytes if self._takes_files(grant.scope) else self._most_without_file
        body = await read_json_body(scope, receive, limit=limit, seconds=self._seconds, held=held)
        message = await _message_in(body)
        if len(body) > self._most_without_file and not self._brings_file(message, grant):
            raise _without_file(self._most_without_file, message)
        return body, message

    def _has_file_taker(self, scope: ToolScope) -> bool:
        return any(map(_takes_file, self._registry.in_scope(scope)))

    def _brings_file(self, message: Message, grant: Grant) -> bool:
        """Return whether a message calls a tool that takes a file, with arguments as JSON."""
        name, arguments = message.params.get("name"), message.params.get("arguments")
        if message.method != "tools/call" or not isinstance(arguments, dict):
            return False
        if isinstance(arguments.get("arguments"), str):
            return False
        name, _ = seen_through(name, arguments)
        tools = self._registry.in_scope(grant.scope)
        return any(tool.name == name and _takes_file(tool) for tool in tools)

    @contextmanager
    def streaming(self, scope: Scope) -> Generator[None]:
        """Hold a place for an admitted request's event stream.

        Raises:
            Refusal: Its server has too many open (429).
        """
        with ExitStack() as place:
            try:
                place.enter_context(self._limits.streaming(scope["state"]["grant"].server.id))
            except LimitReached as error:
                raise limit_reached(error) from None
            yield

    def count(self, scope: Scope, message: Message) -> None:
        """Count a request that is no tool call.

        Raises:
            Refusal: The server had too many (429).
        """
        if not message.is_request or message.method == "tools/call":
            return
        try:
            self._limits.note_request(scope["state"]["grant"].server.id)
        except LimitReached as error:
            raise limit_reached(error, message.id) from None


def narrowing_of(scope: Scope) -> ToolScope:
    """Return the scope a request's query string stands for; other parameters do not matter."""
    given = QueryParams(scope["query_string"])
    words = {
        name: [word for value in given.getlist(name) for word in value.split(",")]
        for name in ("methods", "tags", "tools", "exclude_tools")
    }
    return scope_of(**words, catalogue=_catalogue_of(given))


def _catalogue_of(given: QueryParams) -> Catalogue | None:
    """Return the catalogue that a query asks for: core can narrow, and full needs the owner."""
    match given.get("catalogue"):
        case None:
            return None
        case "core" | "full" as asked:
            return asked
        case _:
            words = "catalogue in the query string of this URL is core or full"
            raise Refusal(HTTPStatus.BAD_REQUEST, words, headers=CLOSING)


def _refuse_more(grant: Grant) -> None:
    if grant.narrowing.catalogue == "full" and grant.server.config.catalogue != "full":
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            "this server offers the core catalogue, and a query string can only narrow it; its "
            "owner sets config.catalogue to full",
            headers=CLOSING,
        )


def _notes_of(scope: Scope) -> Notes | None:
    asked = QueryParams(scope["query_string"]).get("notes")
    if asked is None or asked in PLACES_OF_NOTES:
        return PLACES_OF_NOTES[asked] if asked else None
    words = f"notes in the query string of this URL is one of {', '.join(PLACES_OF_NOTES)}"
    raise Refusal(HTTPStatus.BAD_REQUEST, words, headers=CLOSING)


def token_of(scope: Scope) -> str:
    """Return the server token of a request: from its path, else as a bearer; empty if none."""
    in_path: str | None = scope["path_params"].get("token")
    return _bearer_of(RequestHeaders(scope)) if in_path is None else in_path


def api_token_of(scope: Scope) -> str:
    """Return the API token of a request; a bearer is one where the path has the server's own."""
    headers = RequestHeaders(scope)
    given = headers.get("x-api-token", "").strip()
    return given or (_bearer_of(headers) if "token" in scope["path_params"] else "")


def _bearer_of(headers: RequestHeaders) -> str:
    return bearer_in(headers.get("authorization", ""))


async def _message_in(body: bytes) -> Message:
    try:
        return await read_message(body)
    except BadMessage as bad:
        # Clients read the answer to a wrong argument where the transport says that all is well.
        is_argument = bad.code == INVALID_PARAMS
        status = HTTPStatus.OK if is_argument else HTTPStatus.BAD_REQUEST
        raise Refusal(status, bad.message, code=bad.code, request_id=bad.id) from None


def _takes_file(tool: Tool) -> bool:
    return "base64" in tool.arguments


def _without_file(limit: int, message: Message) -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the message exceeds the limit of {limit} bytes; only a call with a file, and with "
        "its arguments as an object, may be larger",
        request_id=message.id,
    )

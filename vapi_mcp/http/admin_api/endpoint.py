"""The endpoint of one path: authentication, validation, the handler, the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.admin.access.api_tokens import READ_ONLY
from vapi_mcp.admin.requests import RequestModel
from vapi_mcp.admin.validation_errors import validated
from vapi_mcp.errors import AccessError, AdminError, StoreError
from vapi_mcp.http.admin_api.bodies import read_object
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext, answer
from vapi_mcp.http.admin_api.operation import AnyOperation
from vapi_mcp.http.admin_api.queries import query_of
from vapi_mcp.http.errors import INVALID_TOKEN
from vapi_mcp.security.tokens import bearer_in

ID = r"^[A-Za-z0-9_-]{1,64}$"

# With these the body may be unread; on an open connection it would be read to its end.
_UNREAD = frozenset({401, 404, 405, 408, 413, 415})

_UNAUTHORIZED = (
    "the admin API needs Authorization: Bearer with an API token of kind admin; the token "
    "of this request is missing, mistyped or deleted"
)


class Resource:
    """The ASGI app of one path of the admin API; without operations, the 404 of unknown paths.

    The token is checked before anything else. seconds: how long a body may take to arrive.
    """

    def __init__(
        self,
        operations: Iterable[AnyOperation],
        context: HandlerContext,
        access: AccessService,
        seconds: float,
    ) -> None:
        self._operations: Mapping[str, AnyOperation] = {o.method: o for o in operations}
        self._context = context
        self._access = access
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if not self._operations:
            # An unknown path may hold a secret in the wrong place: logs call it unmatched.
            del scope["endpoint"]
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except AdminError as error:
            response = self._refusal(error)
        except StoreError as error:
            unavailable = AdminError(str(error), status=HTTPStatus.SERVICE_UNAVAILABLE)
            response = self._refusal(unavailable)
        await (_bodiless(response) if request.method == "HEAD" else response)(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        actor = await self._admitted(request)
        operation = self._operation(request)
        if operation is None:
            return Response(status_code=204, headers={"Allow": self._allowed})
        if actor.read_only and operation.method != "GET":
            raise AdminError(READ_ONLY, status=HTTPStatus.FORBIDDEN)
        ids: dict[str, str] = request.path_params
        if not all(re.fullmatch(ID, given, re.ASCII) for given in ids.values()):
            raise _nothing_here()
        query = query_of(operation.query, request.scope["query_string"])
        body = await self._body(operation, request)
        try:
            return await operation.handler(self._context, Call(request, actor, ids, query, body))
        finally:
            # A change holds in this process at once; other processes see it in half a second.
            if operation.method != "GET":
                self._access.forget()

    async def _body(self, operation: AnyOperation, request: Request) -> RequestModel | None:
        if operation.body is None:
            return None
        return validated(operation.body, await read_object(request, self._seconds))

    async def _admitted(self, request: Request) -> ApiToken:
        token = bearer_in(request.headers.get("authorization", ""))
        try:
            return await self._access.administrator(token)
        except AccessError as error:
            status = HTTPStatus.UNAUTHORIZED
            raise AdminError(str(error) or _UNAUTHORIZED, status=status) from None

    def _operation(self, request: Request) -> AnyOperation | None:
        """Return the operation a request names; None for OPTIONS."""
        if not self._operations:
            raise _nothing_here()
        if request.method == "OPTIONS":
            return None
        method = "GET" if request.method == "HEAD" else request.method
        if method not in self._operations:
            message = f"only {self._allowed} are allowed here"
            raise AdminError(message, status=HTTPStatus.METHOD_NOT_ALLOWED)
        return self._operations[method]

    def _refusal(self, error: AdminError) -> Response:
        response = answer(error.as_dict(), error.status)
        if error.status == HTTPStatus.UNAUTHORIZED:
            response.headers.update(INVALID_TOKEN)
        if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = self._allowed
        if error.status in _UNREAD:
            response.headers["Connection"] = "close"
        return response

    @property
    def _allowed(self) -> str:
        head = ["HEAD"] if "GET" in self._operations else []
        return ", ".join([*self._operations, *head, "OPTIONS"])


def _bodiless(response: Response) -> Response:
    """Return an answer's status and headers, the length of its body among them if it is known."""
    bare = Response(status_code=response.status_code)
    bare.raw_headers = response.raw_headers
    return bare


def _nothing_here() -> AdminError:
    return AdminError("there is nothing here", status=HTTPStatus.NOT_FOUND)

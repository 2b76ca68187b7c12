"""The context, the call and the answers of the admin API's handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from vapi_mcp.accounts.pagination import Page, Record, Window
from vapi_mcp.accounts.records import ApiToken
from vapi_mcp.admin.admin import Administration
from vapi_mcp.http.admin_api.cursors import Cursors
from vapi_mcp.http.admin_api.queries import Paged
from vapi_mcp.http.errors import json_response

_Query_co = TypeVar("_Query_co", covariant=True)
_Body_co = TypeVar("_Body_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Call(Generic[_Query_co, _Body_co]):
    """One authenticated and validated request.

    ids: the parts of the path by name. query, body: the operation's models of the query string
    and of the JSON body; the body is None for an operation without one.
    """

    request: Request
    actor: ApiToken
    ids: Mapping[str, str]
    query: _Query_co
    body: _Body_co


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """The use cases and settings that handlers use.

    public_url: the beginning of the URLs of servers; None for the address the request came to.
    """

    administration: Administration
    cursors: Cursors
    public_url: str | None

    def window(self, call: Call[Paged, None]) -> Window:
        """Return the part of a list that a call asks for.

        Raises:
            AdminError: 400, its cursor is not one of this list.
        """
        query = call.query
        return self.cursors.window(query.cursor, query.limit, _list_of(call))

    def listing(
        self,
        call: Call[Paged, None],
        page: Page[Record],
        wire: Callable[[Record], Mapping[str, Any]],
    ) -> Response:
        """Return the answer of a list: its envelope with cursors both ways."""
        context = _list_of(call)
        return answer(
            {
                "result": [wire(item) for item in page.items],
                "next_cursor": self.cursors.after(page.next, context),
                "prev_cursor": self.cursors.before(page.previous, context),
                "result_count": len(page.items),
            }
        )

    def secret_urls(self, request: Request, token: str) -> dict[str, str]:
        """Return the secret URLs that only creation and rotation of a server show."""
        base = self.public_url or f"{request.url.scheme}://{request.url.netloc}"
        return {"token": token, "url": f"{base}/mcp/{token}", "sse_url": f"{base}/sse/{token}"}


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON answer."""
    return json_response(body, status)


def nothing() -> Response:
    """Return the answer to a deletion."""
    return Response(status_code=204)


def _list_of(call: Call[Paged, None]) -> str:
    """Return the identity of a list: its path, its filters and the tenant."""
    path = call.request.url.path.rstrip("/")
    return orjson.dumps([path, call.actor.tenant_id, call.query.filters]).decode()

"""What a handler of the admin API gets, and the answers it gives."""

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


@dataclass(frozen=True, slots=True)
class Call(Generic[_Query_co]):
    """One request that was let in and read.

    ids: the parts of the path by name. query: what its model makes of the query string.
    body: the JSON object as it was sent, found sound by the operation's model.
    """

    request: Request
    actor: ApiToken
    ids: Mapping[str, str]
    query: _Query_co
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What the operations work with.

    public_url: what the URLs of servers begin with; None for what the request itself was sent to.
    """

    administration: Administration
    cursors: Cursors
    public_url: str | None

    def window(self, call: Call[Paged]) -> Window:
        """Return which part of a list a call asks for.

        Raises:
            AdminError: 400, its cursor is not one of this list.
        """
        query = call.query
        return self.cursors.window(query.cursor, query.limit, _list_of(call))

    def listing(
        self,
        call: Call[Paged],
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
        """Return what only the making and the rotation of a server show."""
        base = self.public_url or f"{request.url.scheme}://{request.url.netloc}"
        return {"token": token, "url": f"{base}/mcp/{token}", "sse_url": f"{base}/sse/{token}"}


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    """Return a JSON answer."""
    return json_response(body, status)


def nothing() -> Response:
    """Return the answer to a deletion."""
    return Response(status_code=204)


def _list_of(call: Call[Paged]) -> str:
    """Return what makes a list this one: where it is, what is filtered, and for whom."""
    path = call.request.url.path.rstrip("/")
    return orjson.dumps([path, call.actor.tenant_id, call.query.filters]).decode()

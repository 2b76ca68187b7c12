"""An operation of the admin API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel
from starlette.responses import Response

from vapi_mcp.admin.requests import RequestModel
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext
from vapi_mcp.http.admin_api.queries import Query

_Query = TypeVar("_Query", bound=Query)
_Body = TypeVar("_Body", bound=RequestModel | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[_Query, _Body]):
    """One method of one path of the admin API: its route, its models and its documentation.

    The type checker holds the handler to the models of the query string and of the body.

    body: the model of the JSON body; None where there is none. answer: the model of the body that
    `status` comes with; None for no body. refuses: error statuses besides those that every
    operation has.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    name: str
    summary: str
    handler: Callable[[HandlerContext, Call[_Query, _Body]], Awaitable[Response]]
    description: str = ""
    query: type[_Query] = Query  # pyright: ignore[reportAssignmentType] - the handler decides
    body: type[_Body] | None = None
    status: int = 200
    answer: type[BaseModel] | None = None
    media_type: str = "application/json"
    refuses: tuple[int, ...] = ()


AnyOperation: TypeAlias = Operation[Any, Any]

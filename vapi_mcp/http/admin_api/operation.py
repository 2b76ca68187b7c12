"""An operation of the admin API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel
from starlette.responses import Response

from vapi_mcp.admin.requests import RequestModel
from vapi_mcp.http.admin_api.handler_context import Call, HandlerContext
from vapi_mcp.http.admin_api.queries import Query

Handler: TypeAlias = Callable[[HandlerContext, Call[Any, Any]], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path of the admin API: its route, its models and its documentation.

    body: the model of the JSON body; None where there is none. answer: the model of the body that
    `status` comes with; None for no body. refuses: error statuses besides those that every
    operation has.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    name: str
    summary: str
    handler: Handler
    description: str = ""
    query: type[Query] = Query
    body: type[RequestModel] | None = None
    status: int = 200
    answer: type[BaseModel] | None = None
    media_type: str = "application/json"
    refuses: tuple[int, ...] = ()

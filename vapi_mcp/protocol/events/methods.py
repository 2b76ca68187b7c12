"""`events/list`, `events/subscribe` and `events/unsubscribe` on the SDK's server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, RequestParams
from pydantic import ConfigDict

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import StoreError
from vapi_mcp.events.callbacks import CallbackFailed
from vapi_mcp.events.errors import (
    TooManySubscriptions,
    TooManyUrls,
    UnknownDelivery,
    UnknownEvent,
    WrongSubscription,
)
from vapi_mcp.events.subscribing import Subscribing
from vapi_mcp.rfc3339 import write_moment

# As ChatGPT documents them; the newer text of the extension has other numbers.
NOT_FOUND = -32011
LIMIT_EXCEEDED = -32013
DELIVERY_UNSUPPORTED = -32014
CALLBACK_ENDPOINT_ERROR = -32015

_Answer: TypeAlias = Callable[[Grant, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class EventParams(RequestParams):
    """The parameters of any of the methods, which the SDK has no models of."""

    model_config = ConfigDict(extra="allow")


class EventMethods:
    """Answers the three methods for the grant of a request."""

    def __init__(
        self,
        subscribing: Subscribing,
        current_grant: Callable[[ServerRequestContext[Any, Any]], Grant],
    ) -> None:
        self._subscribing = subscribing
        self._grant = current_grant

    def add_to(self, server: Server[Any]) -> None:
        """Have a server answer the methods."""
        for name, answer in (
            ("list", self._list),
            ("subscribe", self._subscribe),
            ("unsubscribe", self._unsubscribe),
        ):
            server.add_request_handler(f"events/{name}", EventParams, self._answering(answer))

    def _answering(
        self, answer: _Answer
    ) -> Callable[[ServerRequestContext[Any, Any], EventParams], Awaitable[dict[str, Any]]]:
        async def handle(
            ctx: ServerRequestContext[Any, Any], params: EventParams
        ) -> dict[str, Any]:
            try:
                return await answer(self._grant(ctx), params.model_extra or {})
            except WrongSubscription as error:
                raise _error_of(error) from None
            except CallbackFailed as error:
                raise MCPError(
                    code=CALLBACK_ENDPOINT_ERROR, message=str(error), data={"reason": error.reason}
                ) from None
            except StoreError as error:
                raise MCPError(code=INTERNAL_ERROR, message=str(error)) from None

        return handle

    async def _list(self, grant: Grant, params: Mapping[str, Any]) -> dict[str, Any]:
        del params
        return {"events": list(self._subscribing.offered(grant))}

    async def _subscribe(self, grant: Grant, params: Mapping[str, Any]) -> dict[str, Any]:
        kept = await self._subscribing.subscribe(grant, params)
        return {
            "id": kept.id,
            "refreshBefore": write_moment(kept.expires_at, "seconds"),
            "cursor": None,
            "truncated": False,
        }

    async def _unsubscribe(self, grant: Grant, params: Mapping[str, Any]) -> dict[str, Any]:
        await self._subscribing.unsubscribe(grant, params)
        return {}


def _error_of(error: WrongSubscription) -> MCPError:
    message = str(error)
    match error:
        case UnknownEvent():
            return MCPError(code=NOT_FOUND, message=message, data={"kind": "event"})
        case UnknownDelivery():
            return MCPError(code=DELIVERY_UNSUPPORTED, message=message)
        case TooManySubscriptions(most=most):
            limit = {"limit": "subscriptions", "max": most}
            return MCPError(code=LIMIT_EXCEEDED, message=message, data=limit)
        case TooManyUrls():
            return MCPError(code=LIMIT_EXCEEDED, message=message, data={"limit": "requests"})
        case _:
            return MCPError(code=INVALID_PARAMS, message=message)

"""Who calls: the client's name and version, also where its protocol says it only once.

A client of the handshake era names itself in `initialize`, and nothing is kept of that here. So
the answer carries an `Mcp-Session-Id` with the name inside, sealed, and such clients send it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

import orjson
from starlette.requests import Request
from starlette.types import Message as ASGIMessage
from starlette.types import Send

from vapi_mcp.accounts.records import Grant
from vapi_mcp.protocol.apps.announcement import announces_views
from vapi_mcp.protocol.calls.client_name import ClientName, clipped, named
from vapi_mcp.protocol.greeting.handshake import CLIENT_KEY
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.security.signing import Signer

if TYPE_CHECKING:
    from mcp.server import ServerRequestContext

_HEADER = "mcp-session-id"
_LONGEST_ID = 1024
_CAPABILITIES = ("elicitation", "roots", "sampling", "tasks", "extensions")
# Stands among the capabilities in a session id.
_VIEWS = "views"
_PRODUCT = re.compile(r"\s*([^\s/()]+)(?:/([^\s()]+))?")


class Headers(Protocol):
    """The headers of a request."""

    def get(self, name: str, default: str, /) -> str:
        """Return the value of a header, by its name in lower case."""
        ...


class ClientNames:
    """Puts client names into session ids, and finds the name a request comes under.

    Any process with the same key ring reads the ids. One that is damaged, too long or of another
    server is ignored and never refused: a client that is refused would begin all over.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def announcing(self, message: Message, grant: Grant, send: Send) -> Send:
        """Return a `send` that gives the answer to an `initialize` its session id."""
        if message.method != "initialize":
            return send
        session = (_HEADER.encode(), self.session_id(message.params, grant.server.id).encode())

        async def announce(sent: ASGIMessage) -> None:
            if sent["type"] == "http.response.start" and sent["status"] == HTTPStatus.OK:
                sent = {**sent, "headers": [*sent.get("headers", ()), session]}
            await send(sent)

        return announce

    def session_id(self, params: Mapping[str, Any], server_id: str) -> str:
        """Return the id for the parameters of an `initialize`: all that is known of the client."""
        client, given = named(params.get("clientInfo")), params.get("capabilities")
        can = [name for name in _CAPABILITIES if isinstance(given, dict) and name in given]
        can += [_VIEWS] if announces_views(given) else []
        payload = orjson.dumps({"n": client.name, "v": client.version, "c": can})
        return self._signer.sign(payload, server_id)

    def of(self, ctx: ServerRequestContext[Any, Any], grant: Grant) -> ClientName:
        """Return who sent a request.

        As the request itself says, else as its connection or its session id does, else as the
        `User-Agent` does.
        """
        own = named(_own_info(ctx))
        if own.name is not None:
            return own
        if ctx.session.client_params is not None:
            return named(ctx.session.client_params.client_info.model_dump())
        if isinstance(ctx.request, Request):
            return self.read(ctx.request.headers, grant.server.id)
        return own

    def declares(self, what: str, ctx: ServerRequestContext[Any, Any], grant: Grant) -> bool:
        """Return whether a request's session id says that its client declared a capability."""
        if not isinstance(ctx.request, Request):
            return False
        return self.declared(what, ctx.request.headers, grant.server.id)

    def declared(self, what: str, headers: Headers, server_id: str) -> bool:
        """Return whether the session id among headers says that a client declared a capability."""
        known = self._opened(headers, server_id)
        return known is not None and what in known.get("c", ())

    def shows_views(self, ctx: ServerRequestContext[Any, Any], grant: Grant) -> bool:
        """Return whether the client behind a request shows views, wherever it said so."""
        if ctx.method == "initialize":
            return announces_views((ctx.params or {}).get("capabilities"))
        known = ctx.session.client_capabilities
        if known is not None:
            return announces_views({"extensions": known.extensions})
        return self.declares(_VIEWS, ctx, grant)

    def have_views(self, headers: Headers, server_id: str) -> bool:
        """Return whether the session id among headers says that a client shows views."""
        return self.declared(_VIEWS, headers, server_id)

    def read(self, headers: Headers, server_id: str) -> ClientName:
        """Return who sent a request, by its headers alone."""
        known = self._opened(headers, server_id)
        if known is None:
            product = _PRODUCT.match(headers.get("user-agent", ""))
            return clipped(product[1], product[2]) if product else ClientName()
        return ClientName(known["n"], known["v"])

    def _opened(self, headers: Headers, server_id: str) -> dict[str, Any] | None:
        sealed = headers.get(_HEADER, "")
        payload = self._signer.open(sealed, server_id) if 0 < len(sealed) <= _LONGEST_ID else None
        return None if payload is None else orjson.loads(payload)


def _own_info(ctx: ServerRequestContext[Any, Any]) -> Any:
    params = ctx.params or {}
    if ctx.method == "initialize":
        return params.get("clientInfo")
    meta = params.get("_meta")
    return meta.get(CLIENT_KEY) if isinstance(meta, Mapping) else None

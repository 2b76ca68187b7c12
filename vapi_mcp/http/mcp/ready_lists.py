"""Answers to `tools/list`, kept as bytes once the SDK's server has written them."""

from __future__ import annotations

from collections import OrderedDict
from http import HTTPStatus
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import Message, Send

from vapi_mcp.accounts.records import Grant, ServerConfig
from vapi_mcp.http.mcp.envelope import Envelope
from vapi_mcp.registry.scope import Scope

# Up to here an answer holds the request's id; from here on it is the same for every request of
# a server. No text inside JSON can hold it: a quote within a text has a backslash before it.
COMMON = b'"result":'

# One for each way in use that a server may list its tools. About 100 kB each.
_MOST_KEPT = 64

# What a list depends on: the protocol's version, the server's config, the request's own filters.
_Key: TypeAlias = tuple[str | None, ServerConfig, Scope]


class ReadyLists:
    """The lists that were answered last, from the result on.

    A server that is changed has another config, so nothing has to be dropped.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()

    def __len__(self) -> int:
        """Return how many lists are kept."""
        return len(self._kept)

    def get(self, envelope: Envelope, grant: Grant) -> bytes | None:
        """Return the list for a request, if it is kept."""
        key = _key_of(envelope, grant)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def learning(self, envelope: Envelope, grant: Grant, send: Send) -> Send:
        """Return a `send` that keeps the list it sends."""
        is_list = False

        async def learn(message: Message) -> None:
            nonlocal is_list
            if message["type"] == "http.response.start":
                is_list = _is_json(message)
            elif is_list and not message.get("more_body"):
                self._keep(_key_of(envelope, grant), message.get("body", b""))
            await send(message)

        return learn

    def _keep(self, key: _Key, body: bytes) -> None:
        _, common, rest = body.partition(COMMON)
        if common:
            self._kept[key] = common + rest
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)


def _key_of(envelope: Envelope, grant: Grant) -> _Key:
    return envelope.version, grant.server.config, grant.narrowing


def _is_json(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] == HTTPStatus.OK and kind == "application/json"

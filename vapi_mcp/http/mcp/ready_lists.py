"""Answers to `tools/list`, kept as bytes once they are written."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TypeAlias

from vapi_mcp.accounts.records import Grant, ServerConfig
from vapi_mcp.http.mcp.envelope import Envelope
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.protocol.greeting.opening import listed
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope

# Up to here an answer holds the request's id; from here on it is the same for every request of
# a server.
COMMON = b'"result":'

# One for each way in use that a server may list its tools. About 100 kB each.
_MOST_KEPT = 64

# What a list depends on: the protocol's version, whether the client shows views, the server's
# config, the request's own filters.
_Key: TypeAlias = tuple[str | None, bool, ServerConfig, Scope]


class ReadyLists:
    """The lists that were answered last, from the result on.

    A server that is changed has another config, so nothing has to be dropped.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._last: dict[tuple[str | None, bool, int], tuple[ServerConfig, Scope, bytes]] = {}

    def __len__(self) -> int:
        """Return how many lists are kept."""
        return len(self._kept)

    def get(self, envelope: Envelope, grant: Grant) -> bytes:
        """Return the list for a request."""
        seen = envelope.version, envelope.shows_views, id(grant.server.config)
        last = self._last.get(seen)
        # A config is the same object while its grant is believed, and to compare two takes long.
        if last and last[0] is grant.server.config and last[1] is grant.narrowing:
            return last[2]
        found = self._found(envelope, grant)
        if len(self._last) >= _MOST_KEPT:
            self._last.clear()
        self._last[seen] = grant.server.config, grant.narrowing, found
        return found

    def _found(self, envelope: Envelope, grant: Grant) -> bytes:
        key = envelope.version, envelope.shows_views, grant.server.config, grant.narrowing
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._written(envelope, grant)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found

    def _written(self, envelope: Envelope, grant: Grant) -> bytes:
        result = listed(
            self._registry,
            grant,
            is_modern=envelope.is_modern,
            shows_views=envelope.shows_views,
        )
        # The SDK's own bytes, which in the present revision are ASCII.
        dense = (",", ":")
        text = json.dumps(result, separators=dense).encode() if envelope.is_modern else None
        return COMMON + (text or exact_json(result)) + b"}"

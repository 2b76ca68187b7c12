"""The capability of events, which the SDK's models do not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What ChatGPT looks for, and what the extension's own specification has.
CAPABILITY = "events"
EXTENSION = "io.modelcontextprotocol/events"
# The answer in which clients look for it.
DISCOVERY = "server/discover"


def offering_events(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """Return a server's capabilities with events among them, in the order of the SDK's models."""
    extensions = {**capabilities.get("extensions", {}), EXTENSION: {}}
    offered = {**capabilities, CAPABILITY: {}, "extensions": dict(sorted(extensions.items()))}
    return dict(sorted(offered.items()))

"""The extension of MCP Apps, as client and server announce it to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXTENSION = "io.modelcontextprotocol/ui"
MEDIA_TYPE = "text/html;profile=mcp-app"


def announces_views(capabilities: Any) -> bool:
    """Return whether a client's capabilities say that it shows views of our kind."""
    extensions = capabilities.get("extensions") if isinstance(capabilities, Mapping) else None
    settings = extensions.get(EXTENSION) if isinstance(extensions, Mapping) else None
    kinds = settings.get("mimeTypes") if isinstance(settings, Mapping) else None
    return isinstance(kinds, list) and MEDIA_TYPE in kinds


def offering_views(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """Return a server's capabilities with views among them, in the order of the SDK's models."""
    extensions = {**capabilities.get("extensions", {}), EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}
    return dict(sorted({**capabilities, "extensions": extensions}.items()))

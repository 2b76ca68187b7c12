"""The pages of views, as a client reads them to show them in a frame."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from mcp_types import TextResourceContents

from vapi_mcp.accounts.records import Grant
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.protocol.apps.announcement import MEDIA_TYPE
from vapi_mcp.protocol.apps.views import View, view_at, views_in
from vapi_mcp.registry.registry import Registry


class ViewPages:
    """Finds pages by their address; without links no page loads any sound."""

    def __init__(self, registry: Registry, links: MediaLinks | None) -> None:
        self._registry = registry
        self._links = links

    def at(self, uri: str, grant: Grant, origin: str | None) -> TextResourceContents | None:
        """Return a page; None where a view stands for no tool that the grant lists.

        origin: where the client reached this server.
        """
        view = view_at(uri)
        if view is None or view.name not in views_in(self._registry, grant):
            return None
        meta = {"ui": self._needs(view, origin)}
        return TextResourceContents(uri=uri, mime_type=MEDIA_TYPE, text=view.page, _meta=meta)

    def _needs(self, view: View, origin: str | None) -> dict[str, Any]:
        """Return what the frame of a view has to allow: sound from here, or nothing at all."""
        if not view.plays or origin is None or self._links is None:
            return {"prefersBorder": True}
        parts = urlsplit(self._links.base(origin))
        domains = [f"{parts.scheme}://{parts.netloc}"]
        return {"csp": {"resourceDomains": domains}, "prefersBorder": True}

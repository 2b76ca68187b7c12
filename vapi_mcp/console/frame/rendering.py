"""Pages made from templates, with the headers that keep them to themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from vapi_mcp.console.frame.assets import Assets
from vapi_mcp.console.frame.filters import FILTERS
from vapi_mcp.console.frame.navigation import AREAS
from vapi_mcp.console.frame.notices import NOTICES

_TEMPLATES = Path(__file__).parent.parent / "templates"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
# Of every answer of the console.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Without a referrer, browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class Renderer:
    """Makes pages; one for the whole console.

    prefix: the path of the public URL, which a proxy takes away before requests reach us.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.assets = Assets()
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(FILTERS)
        known = cast("dict[str, Any]", self._environment.globals)
        known |= {"at": self.at, "asset": self._asset, "areas": AREAS, "notices": NOTICES}

    def at(self, path: str) -> str:
        """Return the path of a page as browsers know it, from its path below `/console`."""
        return f"{self._prefix}/console{path}"

    def page(self, template: str, values: Mapping[str, object], status: int = 200) -> Response:
        """Return a page."""
        text = self._environment.get_template(template).render(values)
        return Response(text, status, media_type="text/html")

    def _asset(self, name: str) -> str:
        return self.at(self.assets.path(name))

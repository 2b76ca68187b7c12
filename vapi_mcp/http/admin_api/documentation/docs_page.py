"""The admin API's documentation: the OpenAPI document, and a page made from it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.http.errors import json_response

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent.parent / "templates"


def documentation_routes(public_url: str | None) -> list[Route]:
    """Return the routes of `/openapi.json` and `/docs`, which need no key.

    Both are made at the first request, not at every start of a process.
    """
    base_url = public_url or "/"

    async def openapi(request: Request) -> Response:
        del request
        return json_response(_document(base_url))

    async def docs(request: Request) -> Response:
        del request
        page, headers = _page(base_url)
        return Response(page, headers=headers, media_type="text/html")

    return [Route("/openapi.json", openapi), Route("/docs", docs)]


@cache
def _document(base_url: str) -> Mapping[str, Any]:
    # Few processes are ever asked for it.
    from vapi_mcp.http.admin_api.documentation.openapi import openapi_document  # noqa: PLC0415 - loaded when it is used

    return openapi_document(OPERATIONS, base_url)


@cache
def _page(base_url: str) -> tuple[str, Mapping[str, str]]:
    """Return the page and its headers, which allow its own style sheet only."""
    style = (_TEMPLATES / "docs.css").read_text()
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    template = _environment().get_template("docs.html")
    page = template.render(api=_document(base_url), style=style)
    return page, {"Content-Security-Policy": policy}


def _environment() -> Environment:
    # Loaded at the first request, as the page is made then.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - loaded when it is used

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shape"] = _shape
    return environment


def _shape(schema: Mapping[str, Any]) -> str:
    """Return what a schema takes, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_shape(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_shape(schema['items'])}"
    return str(schema.get("format") or schema.get("type") or "anything")

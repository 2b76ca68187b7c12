"""The admin API's documentation: the OpenAPI document, and a page made from it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vapi_mcp.http.admin_api.openapi import openapi_document
from vapi_mcp.http.admin_api.operations import OPERATIONS
from vapi_mcp.http.errors import json_response

_TEMPLATES = Path(__file__).parent / "templates"


def documentation_routes(public_url: str | None) -> list[Route]:
    """Return the routes of `/openapi.json` and `/docs`, which need no key."""
    document = openapi_document(OPERATIONS, public_url or "/")
    page, style = _page(document)
    policy = (
        f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy}

    async def openapi(request: Request) -> Response:
        del request
        return json_response(document)

    async def docs(request: Request) -> Response:
        del request
        return Response(page, headers=headers, media_type="text/html")

    return [Route("/openapi.json", openapi), Route("/docs", docs)]


def _page(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the page and the hash of its style sheet."""
    style = (_TEMPLATES / "docs.css").read_text()
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shape"] = _shape
    page = environment.get_template("docs.html").render(api=document, style=style)
    return page, base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


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

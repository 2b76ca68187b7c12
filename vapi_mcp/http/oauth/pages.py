"""The pages a person sees: sign-in, consent, and errors that no client hears of."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from vapi_mcp.accounts.records import Account, Server
from vapi_mcp.oauth.records import AuthorizationRequest, OAuthClient
from vapi_mcp.oauth.redirects import host_of, is_loopback, source_of
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_SPENDING = "spending"


@dataclass(frozen=True, slots=True)
class Offer:
    """A server as a person chooses it: its tools by what they can do."""

    id: str
    name: str
    account: str
    counts: tuple[tuple[int, str], ...]


def offer_of(server: Server, account: Account, registry: Registry) -> Offer:
    """Return what a server offers, counted."""
    tools = registry.in_scope(server.scope)
    return Offer(server.id, server.name, account.name, tuple(_counts(tools)))


def page(
    name: str, request: AuthorizationRequest | None = None, status: int = 200, **values: Any
) -> Response:
    """Return a page; the answer to its forms may lead to the request's client."""
    template = _environment().get_template(name)
    content = template.render(style=_style(), **values)
    return Response(content, status, _headers(request), media_type="text/html")


def client_values(client: OAuthClient, request: AuthorizationRequest) -> dict[str, Any]:
    """Return what a page says of a client: hosts, which are proven; its name, which is not."""
    is_document = client.kind == "document"
    return {
        "client_host": host_of(client.id) if is_document else None,
        "redirect_host": host_of(request.redirect_uri),
        "is_local": is_loopback(request.redirect_uri),
        "client_name": client.name,
        "scopes": request.scopes,
    }


def _counts(tools: Iterable[Tool]) -> Iterable[tuple[int, str]]:
    specs = [tool.spec for tool in tools]
    kinds = {
        "read": [s for s in specs if s.effect == "read"],
        "write": [s for s in specs if s.effect in ("create", "update", "act")],
        "delete": [s for s in specs if s.effect == "delete"],
        "can ring a phone": [s for s in specs if s.dials],
        "can spend money": [s for s in specs if _SPENDING in s.tags],
    }
    return ((len(found), kind) for kind, found in kinds.items() if found)


def _headers(request: AuthorizationRequest | None) -> dict[str, str]:
    """Return headers that allow a page its style sheet and its form, and no frame around it.

    Chromium holds `form-action` against the redirect that answers a form, too.
    """
    forms = f"'self' {source_of(request.redirect_uri)}" if request else "'none'"
    policy = (
        f"default-src 'none'; style-src 'sha256-{_style_hash()}'; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        # A form without a referrer has no origin either, and its origin is checked.
        "Referrer-Policy": "same-origin",
    }


@cache
def _style() -> str:
    return (_TEMPLATES / "oauth.css").read_text("utf-8")


@cache
def _style_hash() -> str:
    return base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - loaded when it is used

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

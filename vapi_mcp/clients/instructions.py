"""What to tell somebody who connects a client to a server's URL."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from vapi_mcp.clients.client import NAME, Client, Config
from vapi_mcp.errors import VapiMcpError

SECOND_TO_COME = "your-api-token"


class NoHeaders(VapiMcpError):
    """A client sends no headers, so it cannot open a server that requires an API token."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its words, and what to copy, if anything."""

    lead: str
    code: str = ""


def signing_in(client: Client, url: str, second: str | None) -> tuple[Client, str, str | None]:
    """Return a client that signs in, where it can and has to, else the same.

    It has to where the URL has no secret, or a second token is needed. A person gives the token to
    the sign-in page, so the secret URL and the token are not needed.
    """
    parts = urlsplit(url)
    before, found, secret = parts.path.partition("/mcp")
    is_bare = bool(found) and not secret.strip("/")
    if client.sign_in is None or (second is None and not is_bare):
        return client, url, second
    path = f"{before}/mcp"
    shared = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    return replace(client, form=client.sign_in), shared, None


def connected(client: Client, url: str, second: str | None = None) -> Config:
    """Return the config for a URL, and a second token; for a form, what to type.

    Raises:
        NoHeaders: The client sends no second token.
    """
    entry = client.by_url(url) if client.by_url else {"name": NAME, "url": url}
    if second is not None:
        if client.with_token is None:
            raise NoHeaders(
                f"{client.title} sends no headers, so it cannot open a server that requires "
                "an API token; use a server that does not"
            )
        entry = client.with_token(entry, second)
    return {client.key: {NAME: entry}} if client.by_url and client.file else entry


def instructions(
    client: Client, url: str, config: Config, second: str | None = None
) -> Iterator[Instruction]:
    """Yield what to do besides writing the config into the client's file, and what bites."""
    if client.form:
        yield Instruction(f"{client.title}: {client.form}", _form(client, config))
    if second == SECOND_TO_COME:
        yield Instruction(
            f"Put your API token (vapi-mcp api-token create) in place of {SECOND_TO_COME}."
        )
    if client.adding_url and second is None:
        yield Instruction("Or run:", client.adding_url(url))
    if client.is_remote and not is_public(url):
        yield Instruction(
            f"This URL does not work here: {client.title} connects from the internet, and "
            "only to https. Put a proxy or a tunnel in front of `vapi-mcp serve` and pass "
            "its URL as --public-url."
        )
    if client.limits:
        yield Instruction(client.limits)


def _form(client: Client, config: Config) -> str:
    if client.fields:
        return client.fields(config)
    headers = (f"{name}: {value}" for name, value in config.get("headers", {}).items())
    return "\n".join((config["url"], *headers))


def is_public(url: str) -> bool:
    """Return whether a client on the internet can reach a URL, by its looks."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_reachable = ipaddress.ip_address(host).is_global
    except ValueError:
        is_reachable = "." in host and not host.endswith((".local", ".internal", ".localhost"))
    return parts.scheme == "https" and is_reachable

"""`vapi-mcp connect`: the config of an MCP client."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

import orjson
import typer

from vapi_mcp.cli.clients import CLIENTS, NAME, Client, Config, Process
from vapi_mcp.cli.options import Sandbox
from vapi_mcp.cli.usage import UsageError
from vapi_mcp.security.tokens import PREFIX, is_well_formed

_URL_VARIABLE = "VAPI_MCP_URL"
_KEY = "VAPI_API_KEY"
_KEY_TO_COME = "your-private-key"
_SECOND_TO_COME = "your-api-token"


def connect(
    client: Annotated[str, typer.Argument(help=f"One of: {', '.join(CLIENTS)}.")],
    *,
    url: Annotated[
        str | None,
        typer.Option(
            help=(
                f"A server's secret URL; to keep it out of the shell history, set {_URL_VARIABLE} "
                "instead."
            )
        ),
    ] = None,
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Configure the client to start `vapi-mcp stdio` itself.")
    ] = False,
    api_token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            help="The API token, if the server requires one; - prints a placeholder.",
        ),
    ] = None,
    sandbox: Sandbox = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the configuration only.")] = False,
) -> None:
    """Print how to connect an MCP client: the configuration, its place and its limits.

    With --sandbox the client starts a simulated Vapi, as with --stdio but without a key.
    """
    chosen = CLIENTS.get(client.lower())
    if chosen is None:
        known = ", ".join(CLIENTS)
        raise UsageError(f"unknown client {client[:40]!r}; use one of: {known}")
    if stdio or sandbox:
        process = _process(sandbox=sandbox)
        config, told = _started(chosen, process), _told_of_process(chosen, process)
    else:
        given = _checked(url or os.environ.get(_URL_VARIABLE, ""))
        second = {"-": _SECOND_TO_COME}.get(api_token, api_token) if api_token else None
        if second is not None and chosen.sign_in is not None:
            # The person pastes the token into the sign-in page; the secret URL is not needed.
            chosen, given, second = replace(chosen, form=chosen.sign_in), _shared_url(given), None
        config = _connected(chosen, given, second)
        told = _told_of_url(chosen, given, config, second)
    if as_json:
        typer.echo(orjson.dumps(config).decode())
        return
    in_file = f"{chosen.title}, in {chosen.file}:\n\n{chosen.shown(config)}"
    typer.echo("\n\n".join([in_file, *told] if chosen.file else told))


def _connected(client: Client, url: str, second: str | None) -> Config:
    """Return the config for a URL, and a second token; for a form, what to type.

    Raises:
        UsageError: The client sends no second token.
    """
    entry = client.by_url(url) if client.by_url else {"name": NAME, "url": url}
    if second is not None:
        if client.with_token is None:
            raise UsageError(
                f"{client.title} sends no headers, so it cannot open a server that requires "
                "an API token; use a server that does not"
            )
        entry = client.with_token(entry, second)
    return {client.key: {NAME: entry}} if client.by_url and client.file else entry


def _told_of_url(client: Client, url: str, config: Config, second: str | None) -> Iterator[str]:
    if client.form:
        yield f"{client.title}: {client.form}\n\n{_form(client, config)}"
    if second == _SECOND_TO_COME:
        yield f"Put your API token (vapi-mcp api-token create) in place of {_SECOND_TO_COME}."
    if client.adding_url and second is None:
        yield f"Or run:\n\n{client.adding_url(url)}"
    if client.is_remote and not _is_public(url):
        yield (
            f"This URL does not work here: {client.title} connects from the internet, and "
            "only to https. Put a proxy or a tunnel in front of `vapi-mcp serve` and pass "
            "its URL as --public-url."
        )
    if client.limits:
        yield client.limits


def _form(client: Client, config: Config) -> str:
    if client.fields:
        return client.fields(config)
    headers = (f"{name}: {value}" for name, value in config.get("headers", {}).items())
    return "\n".join((config["url"], *headers))


def _started(client: Client, process: Process) -> Config:
    if client.by_process is None:
        raise UsageError(f"{client.title} does not start processes; pass a URL with --url")
    config: Config = {client.key: {NAME: client.by_process(process)}}
    if client.asks_for_secrets and process.env:
        asked = {"type": "promptString", "description": "Vapi private key", "password": True}
        config["inputs"] = [{"id": name, **asked} for name in process.env]
    return config


def _told_of_process(client: Client, process: Process) -> Iterator[str]:
    if client.adding_process:
        yield f"Or run:\n\n{client.adding_process(process)}"
    if process.env and not client.asks_for_secrets:
        yield f"Put your private Vapi key (dashboard, API Keys) in place of {_KEY_TO_COME}."


def _process(*, sandbox: bool) -> Process:
    """Return how to start this very installation."""
    beside = shutil.which("vapi-mcp", path=str(Path(sys.executable).parent))
    command, words = (beside, ()) if beside else (sys.executable, ("-m", "vapi_mcp"))
    if sandbox:
        return Process(command, (*words, "stdio", "--sandbox"), {})
    return Process(command, (*words, "stdio"), {_KEY: _KEY_TO_COME})


def _checked(url: str) -> str:
    """Return a URL that is a server's.

    Raises:
        UsageError: There is none, or it is mistyped; the message does not show it.
    """
    if not url:
        raise UsageError(f"pass --url (or set {_URL_VARIABLE}), or --stdio")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("the URL does not begin with http:// or https://")
    token = next((part for part in parts.path.split("/") if part.startswith(PREFIX)), None)
    if token is not None and not is_well_formed(token):
        raise UsageError("the URL's token is mistyped; copy the whole URL again")
    if parts.path.startswith("/sse"):
        raise UsageError("this is the legacy URL; use the one with /mcp/ in its place")
    return url


def _shared_url(url: str) -> str:
    """Return the URL at which clients sign in, beside a server's own one."""
    parts = urlsplit(url)
    path = f"{parts.path.partition('/mcp')[0]}/mcp"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _is_public(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_reachable = ipaddress.ip_address(host).is_global
    except ValueError:
        is_reachable = "." in host and not host.endswith((".local", ".internal", ".localhost"))
    return parts.scheme == "https" and is_reachable

"""`vapi-mcp connect`: the config of an MCP client."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import orjson
import typer

from vapi_mcp.cli.options import Sandbox
from vapi_mcp.cli.usage import UsageError
from vapi_mcp.clients.client import NAME, Client, Config, Process
from vapi_mcp.clients.instructions import (
    SECOND_TO_COME,
    Instruction,
    NoHeaders,
    connected,
    instructions,
    signing_in,
)
from vapi_mcp.clients.table import CLIENTS
from vapi_mcp.security.tokens import PREFIX, is_well_formed

_URL_VARIABLE = "VAPI_MCP_URL"
_KEY = "VAPI_API_KEY"
_KEY_TO_COME = "your-private-key"


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
        second = {"-": SECOND_TO_COME}.get(api_token, api_token) if api_token else None
        chosen, given, second = signing_in(chosen, given, second)
        config = _connected(chosen, given, second)
        told = instructions(chosen, given, config, second)
    if as_json:
        typer.echo(orjson.dumps(config).decode())
        return
    in_file = f"{chosen.title}, in {chosen.file}:\n\n{chosen.shown(config)}"
    texts = (f"{each.lead}\n\n{each.code}" if each.code else each.lead for each in told)
    typer.echo("\n\n".join([in_file, *texts] if chosen.file else texts))


def _connected(client: Client, url: str, second: str | None) -> Config:
    try:
        return connected(client, url, second)
    except NoHeaders as error:
        raise UsageError(str(error)) from None


def _started(client: Client, process: Process) -> Config:
    if client.by_process is None:
        raise UsageError(f"{client.title} does not start processes; pass a URL with --url")
    config: Config = {client.key: {NAME: client.by_process(process)}}
    if client.asks_for_secrets and process.env:
        asked = {"type": "promptString", "description": "Vapi private key", "password": True}
        config["inputs"] = [{"id": name, **asked} for name in process.env]
    return config


def _told_of_process(client: Client, process: Process) -> Iterator[Instruction]:
    if client.adding_process:
        yield Instruction("Or run:", client.adding_process(process))
    if process.env and not client.asks_for_secrets:
        yield Instruction(
            f"Put your private Vapi key (dashboard, API Keys) in place of {_KEY_TO_COME}."
        )


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

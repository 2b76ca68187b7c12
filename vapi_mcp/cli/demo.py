from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import orjson
import typer

from vapi_mcp.access.memory import MemoryStore
from vapi_mcp.access.models import Server
from vapi_mcp.access.tokens import is_well_formed, new_token
from vapi_mcp.cli.background import sandbox_account
from vapi_mcp.cli.logs import configure_logs
from vapi_mcp.cli.serve import run_server
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.registry.scope import EVERYTHING, Scope, scope_of
from vapi_mcp.settings import load_settings

_SERVERS: Mapping[str, Scope] = {"everything": EVERYTHING, "read-only": scope_of(methods=["read"])}


@dataclass(frozen=True, slots=True)
class _DemoServer:
    """A server of the demo, with the token that its URL shows."""

    name: str
    id: str
    token: str


def demo(
    *,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep URLs and data here, across restarts.")
    ] = None,
    public_url: Annotated[str | None, typer.Option(help="What printed URLs begin with.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON first, for scripts.")
    ] = False,
) -> None:
    """Serve a simulated Vapi with everything ready: paste a printed URL into an MCP client."""
    settings = load_settings(port=port, public_url=public_url)
    configure_logs(settings)
    with tempfile.TemporaryDirectory(prefix="vapi-mcp-demo-") as temporary:
        directory = data_dir or Path(temporary)
        servers = _servers(directory)
        with sandbox_account(directory / "sandbox.json" if data_dir else None) as account:
            store = MemoryStore()
            for server in servers:
                known = Server(server.id, server.name, account.id, _SERVERS[server.name])
                store.add(known, account, server.token)

            def announce(url: str) -> None:
                summary = _summary(url, account.id, account.base_url, servers)
                typer.echo(orjson.dumps(summary).decode() if as_json else _welcome(summary))

            run_server(settings, store, on_start=announce)


def _servers(directory: Path) -> list[_DemoServer]:
    """Return the demo's servers, the same ones as before where the directory remembers them.

    Raises:
        ConfigurationError: The directory cannot be used, or its file is not a demo's.
    """
    path = directory / "demo.json"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_secretly(path, [[name, str(uuid4()), new_token()] for name in _SERVERS])
        kept = [_DemoServer(*entry) for entry in orjson.loads(path.read_bytes())]
    except (OSError, TypeError, orjson.JSONDecodeError) as error:
        raise ConfigurationError(
            f"{path.name} in the data directory cannot be used: {error}"
        ) from error
    if {s.name for s in kept} != set(_SERVERS) or not all(is_well_formed(s.token) for s in kept):
        raise ConfigurationError(f"{path.name} in the data directory is not a demo's; delete it")
    return kept


def _write_secretly(path: Path, content: Any) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(content))


def _summary(
    url: str, account_id: str, sandbox_url: str, servers: list[_DemoServer]
) -> dict[str, Any]:
    """Return what scripts read; parts that do not exist yet are null."""
    return {
        "admin_url": None,
        "admin_token": None,
        "console_url": None,
        "account_id": account_id,
        "sandbox_url": sandbox_url,
        "servers": [
            {
                "name": server.name,
                "id": server.id,
                "url": f"{url}/mcp/{server.token}",
                "sse_url": f"{url}/sse/{server.token}",
            }
            for server in servers
        ],
    }


def _welcome(summary: Mapping[str, Any]) -> str:
    everything, read_only = summary["servers"]
    config = {"mcpServers": {"vapi": {"url": everything["url"]}}}
    command = str(Path(sys.argv[0]).resolve())
    local = {"mcpServers": {"vapi": {"command": command, "args": ["stdio", "--sandbox"]}}}
    return f"""
vapi-mcp demo: a simulated Vapi, open to MCP clients. Stop it with Ctrl-C.

  all 86 tools     {everything["url"]}
  reading only     {read_only["url"]}
  legacy SSE       {everything["sse_url"]}

  Cursor, VS Code and others, in their MCP config:
    {orjson.dumps(config).decode()}
  Claude Code:
    claude mcp add --transport http vapi {everything["url"]}
  Claude Desktop starts a process of its own:
    {orjson.dumps(local).decode()}
  ChatGPT and claude.ai need an https address: run a tunnel and pass --public-url.

  The simulated Vapi itself: {summary["sandbox_url"]} (key: sandbox)
"""

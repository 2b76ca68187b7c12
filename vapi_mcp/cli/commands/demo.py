"""`vapi-mcp demo`: a server over a simulated Vapi."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import orjson
import typer

from vapi_mcp.accounts.records import ApiToken, Server, ServerConfig, Upstreams
from vapi_mcp.cli.commands.serve import run_server
from vapi_mcp.clients.client import NAME
from vapi_mcp.clients.table import CLIENTS
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.bootstrap import ServePlan
from vapi_mcp.hosting.data.storage import opened_store
from vapi_mcp.hosting.logging import configure_logs
from vapi_mcp.hosting.processes.listener import listening_socket
from vapi_mcp.hosting.sandbox_thread import running_sandbox, sandbox_account
from vapi_mcp.registry.scope import EVERYTHING
from vapi_mcp.security.tokens import API_PREFIX, is_well_formed, new_token, token_hash
from vapi_mcp.settings import Settings, load_settings
from vapi_mcp.specs.tools.loader import load_specs

_ACCOUNT_ID = "5a2db0c5-6d0c-4c6e-8d0e-5b0f2a1c7e11"
_SERVERS: Mapping[str, ServerConfig] = {
    "everything": ServerConfig(),
    "read-only": ServerConfig(methods=("read",)),
    "discovery": ServerConfig(tool_exposure="discovery"),
    "guarded": ServerConfig(require_api_token_auth=True),
    "full": ServerConfig(catalogue="full"),
}


@dataclass(frozen=True, slots=True)
class _DemoServer:
    """A server of the demo, with the token that its URL shows."""

    name: str
    id: str
    token: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the demo has to remember, as a store keeps no token."""

    admin_token: str
    servers: tuple[_DemoServer, ...]


def demo(
    *,
    port: Annotated[
        int | None, typer.Option(help="The port to listen on; 0 picks a free one.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep URLs and data in this directory, across restarts.")
    ] = None,
    public_url: Annotated[str | None, typer.Option(help="The base of printed URLs.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON first, for scripts.")
    ] = False,
) -> None:
    """Serve a simulated Vapi, ready to try: paste a printed URL into an MCP client."""
    given = load_settings(port=port, public_url=public_url)
    configure_logs(given)
    listener = listening_socket(given.host, given.port)
    with tempfile.TemporaryDirectory(prefix="vapi-mcp-demo-") as temporary:
        directory = data_dir or Path(temporary)
        kept = _kept(directory)
        settings = _for_demo(given, directory)
        state_file = directory / "sandbox.json" if data_dir else None
        with running_sandbox(state_file) as sandbox_url:
            asyncio.run(_prepare(settings, kept))

            def announce(url: str) -> None:
                summary = _summary(url, sandbox_url, kept)
                if as_json:
                    typer.echo(orjson.dumps(summary).decode())
                    return
                data = _data_line(directory, is_kept=bool(data_dir))
                typer.echo(_welcome(summary) + _console_line(summary) + data)

            place = ServePlan(settings, Upstreams.everywhere(sandbox_url))
            run_server(place, listener, on_start=announce)


def _for_demo(given: Settings, directory: Path) -> Settings:
    """Return the settings of a demo: whatever is said of a real installation, it is not touched."""
    own: dict[str, Any] = {"data_dir": directory, "database_url": None, "encryption_keys": None}
    if "server_calls_per_minute" not in given.model_fields_set:
        # A simulation needs no protection, and tests of agents are in a hurry.
        own["server_calls_per_minute"] = 0
    return given.model_copy(update=own)


async def _prepare(settings: Settings, kept: _Kept) -> None:
    """Put into the store what is not there yet from an earlier start."""
    async with opened_store(settings) as store:
        admin = ApiToken(str(uuid4()), "demo", "admin")
        await store.add_first_api_token(admin, token_hash(kept.admin_token))
        if await store.get_account(_ACCOUNT_ID) is None:
            account = sandbox_account()
            await store.add_account(replace(account, id=_ACCOUNT_ID))
        for server in kept.servers:
            if await store.get_server(_ACCOUNT_ID, server.id) is None:
                made = Server(server.id, server.name, _ACCOUNT_ID, config=_SERVERS[server.name])
                await store.add_server(made, token_hash(server.token))


def _kept(directory: Path) -> _Kept:
    """Return the demo's tokens, the same ones as before where the directory remembers them.

    Raises:
        ConfigurationError: The directory cannot be used, or its file is not a demo's.
    """
    path = directory / "demo.json"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_secretly(path, {"admin_token": new_token(API_PREFIX), "servers": _made()})
        content = orjson.loads(path.read_bytes())
        if more := _made({entry[0] for entry in content["servers"]}):
            # An earlier version's demo had fewer servers; the URLs it printed stay.
            content["servers"] += more
            path.write_bytes(orjson.dumps(content))
        servers = tuple(_DemoServer(*entry) for entry in content["servers"])
        kept = _Kept(content["admin_token"], servers)
    except (OSError, LookupError, TypeError, orjson.JSONDecodeError) as error:
        raise ConfigurationError(
            f"{path.name} in the data directory cannot be used: {error}"
        ) from error
    if {s.name for s in servers} != set(_SERVERS) or not _are_tokens(kept):
        raise ConfigurationError(
            f"{path.name} in the data directory does not belong to a demo; delete it or choose "
            "another --data-dir"
        )
    return kept


def _made(known: Collection[str] = ()) -> list[list[str]]:
    return [[name, str(uuid4()), new_token()] for name in _SERVERS if name not in known]


def _are_tokens(kept: _Kept) -> bool:
    return is_well_formed(kept.admin_token, API_PREFIX) and all(
        is_well_formed(server.token) for server in kept.servers
    )


def _write_secretly(path: Path, content: Any) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(content))


def _summary(url: str, sandbox_url: str, kept: _Kept) -> dict[str, Any]:
    """Return what scripts read; parts that do not exist yet are null."""
    return {
        "admin_url": url,
        "admin_token": kept.admin_token,
        "console_url": f"{url}/console",
        "account_id": _ACCOUNT_ID,
        "sandbox_url": sandbox_url,
        "servers": [
            {
                "name": server.name,
                "id": server.id,
                "url": f"{url}/mcp/{server.token}",
                "sse_url": f"{url}/sse/{server.token}",
            }
            for server in kept.servers
        ],
    }


def _welcome(summary: Mapping[str, Any]) -> str:
    everything, read_only, discovery, _, full = summary["servers"]
    cursor, code = (CLIENTS[name] for name in ("cursor", "vscode"))
    config = {cursor.key: {NAME: cursor.by_url and cursor.by_url(everything["url"])}}
    specs = load_specs().tools
    core = [spec for spec in specs if spec in EVERYTHING]
    command = str(Path(sys.argv[0]).resolve())
    local = {"mcpServers": {"vapi": {"command": command, "args": ["stdio", "--sandbox"]}}}
    return f"""
vapi-mcp demo: a simulated Vapi, open to MCP clients. Stop it with Ctrl-C.

  all {len(core)} tools     {everything["url"]}
  reading only     {read_only["url"]}
  by search        {discovery["url"]}
  all {len(specs)} tools    {full["url"]}
  legacy SSE       {everything["sse_url"]}
  with sign-in     {summary["admin_url"]}/mcp
                   (OAuth; the page asks for an API token: the admin token below)

  Cursor and many others, in their MCP config:
    {orjson.dumps(config).decode()}
  VS Code:
    {code.adding_url and code.adding_url(everything["url"])}
  Claude Code:
    claude mcp add --transport http vapi {everything["url"]}
  Claude Desktop starts a process of its own:
    {orjson.dumps(local).decode()}
  vapi-mcp connect CLIENT prints the config of any other.
  ChatGPT and claude.ai need an https address: run a tunnel and pass --public-url.

  The admin API makes accounts and servers; {summary["admin_url"]}/docs describes it.
    curl -H "Authorization: Bearer {summary["admin_token"]}" \\
      {summary["admin_url"]}/integrated-account
  The simulated Vapi itself: {summary["sandbox_url"]} (key: sandbox)
"""


def _console_line(summary: Mapping[str, Any]) -> str:
    return f"  The console: {summary['console_url']} (sign in with the admin token above)\n"


def _data_line(directory: Path, *, is_kept: bool) -> str:
    end = "kept for the next start" if is_kept else "deleted at the end; --data-dir DIR keeps it"
    return f"  Data: {directory} ({end})\n"

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
import uvicorn
from starlette.applications import Starlette

from vapi_mcp.cli.logs import configure_logs
from vapi_mcp.cli.process import listening_socket, serve_until_told
from vapi_mcp.cli.runtime import settle_memory
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.sandbox.app import create_sandbox
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import World
from vapi_mcp.settings import load_settings
from vapi_mcp.specs.facts.facts import load_facts

_USUAL_SEED = 7


def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8900,
    state: Annotated[
        Path | None, typer.Option(help="Keep the data in this file, across restarts.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number makes other data.")] = _USUAL_SEED,
) -> None:
    """Run a simulated Vapi: full of data, free of cost, for building and testing agents.

    Any API key that begins with "sandbox" opens it. docs/sandbox.md tells what it simulates and
    how to make it fail.
    """
    configure_logs(load_settings())
    listener = listening_socket(host, port)
    typer.echo("making the data …", err=True)
    app = build_sandbox(state_file=state, seed=seed)
    settle_memory()
    typer.echo(f"simulated Vapi at http://{host}:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        app, log_config=None, access_log=False, timeout_graceful_shutdown=5, ws="none"
    )
    serve_until_told(uvicorn.Server(config), listener)


def build_sandbox(
    *, state_file: Path | None = None, base_url: str | None = None, seed: int = _USUAL_SEED
) -> Starlette:
    """Return the simulated Vapi with the data of its state file, or with fresh data.

    Raises:
        ConfigurationError: The state file is there but cannot be read.
    """
    world = _saved_world(state_file) or seed_world(seed, datetime.now(UTC))
    return create_sandbox(facts=load_facts(), world=world, base_url=base_url, state_file=state_file)


def _saved_world(state_file: Path | None) -> World | None:
    if state_file is None or not state_file.exists():
        return None
    try:
        return World.load(state_file.read_bytes())
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{state_file.name} is not a sandbox's state; name another file or delete it"
        ) from error

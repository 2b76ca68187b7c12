"""`vapi-mcp sandbox`: the simulated Vapi alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from vapi_mcp.hosting.logging import configure_logs
from vapi_mcp.hosting.memory import settle_memory
from vapi_mcp.hosting.processes.listener import listening_socket, serve_until_told
from vapi_mcp.sandbox.startup import USUAL_SEED, build_sandbox
from vapi_mcp.settings import load_settings


def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0 picks a free one.")
    ] = 8900,
    state: Annotated[
        Path | None, typer.Option(help="Keep the data in this file, across restarts.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The seed of the random data.")] = USUAL_SEED,
) -> None:
    """Run a simulated Vapi with data, at no cost, to build and test agents.

    It accepts any API key that begins with "sandbox". docs/sandbox.md lists what it simulates and
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

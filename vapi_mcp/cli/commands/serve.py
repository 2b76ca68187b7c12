"""`vapi-mcp serve`: many accounts over HTTP."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from socket import socket
from typing import Annotated

import typer

from vapi_mcp import __version__
from vapi_mcp.accounts.records import Account, ServerConfig, Upstreams
from vapi_mcp.cli.addresses import printed_url
from vapi_mcp.cli.options import (
    CatalogueName,
    DatabaseUrl,
    DataDir,
    ExcludeTools,
    Exposure,
    Methods,
    Sandbox,
    Tags,
    Tools,
    scope_from,
)
from vapi_mcp.hosting.bootstrap import (
    ServePlan,
    hosted_app,
    keep_environment_server,
)
from vapi_mcp.hosting.data.first_token import make_first_admin_token
from vapi_mcp.hosting.data.storage import opened_store
from vapi_mcp.hosting.environment import account_from_environment, key_from_environment, not_at_vapi
from vapi_mcp.hosting.host_settings import HostSettings
from vapi_mcp.hosting.logging import configure_logs, warn_of_unknown_settings
from vapi_mcp.hosting.memory import give_back_buffers, settle_memory
from vapi_mcp.hosting.processes.listener import listening_socket, serve_until_told, server_config
from vapi_mcp.hosting.processes.supervisor import serve_with_workers
from vapi_mcp.hosting.sandbox_thread import running_sandbox, sandbox_account
from vapi_mcp.http.drain import DrainingServer
from vapi_mcp.security.tokens import new_token
from vapi_mcp.settings import ENV_FILE, Settings, load_settings

logger = logging.getLogger(__name__)


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.")] = None,
    public_url: Annotated[str | None, typer.Option(help="The base of printed URLs.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    workers: Annotated[int | None, typer.Option(help="The number of worker processes.")] = None,
    sandbox: Sandbox = False,
    methods: Methods = "",
    tags: Tags = "",
    tools: Tools = "",
    exclude_tools: ExcludeTools = "",
    catalogue: CatalogueName = "core",
    exposure: Exposure = "all",
) -> None:
    """Host MCP servers over HTTP for many accounts; each server has a secret URL and a scope.

    Create accounts and servers with the admin API or with the `account` and `server` commands. The
    first start creates an admin API token. If VAPI_API_KEY is set, the process also serves one
    server for that key, with the scope given here, and prints its URL. The URL's token comes from
    VAPI_MCP_SERVER_TOKEN; without it, every start creates a new one.
    """
    settings = load_settings(
        HostSettings,
        host=host,
        port=port,
        public_url=public_url,
        data_dir=data_dir,
        database_url=database_url,
        workers=workers,
    )
    give_back_buffers()
    configure_logs(settings)
    warn_of_unknown_settings()
    scope = scope_from(methods, tags, tools, exclude_tools, catalogue)
    config = ServerConfig(tool_exposure=exposure).scoped(scope)
    given = settings.server_token
    token = given.get_secret_value() if given else new_token()
    listener = listening_socket(settings.host, settings.port)
    with ExitStack() as stack:
        if sandbox:
            account = sandbox_account()
            upstreams = Upstreams.everywhere(stack.enter_context(running_sandbox()))
        else:
            account = (
                account_from_environment(settings, ENV_FILE)
                if key_from_environment(ENV_FILE)
                else None
            )
            if account is not None and (elsewhere := not_at_vapi(account)):
                logger.warning(elsewhere)
            upstreams = Upstreams(settings.upstream_base_url)
        told = asyncio.run(_prepare(settings, account, config, token))

        def announce(url: str) -> None:
            if account is not None:
                typer.echo(f"MCP server at {url}/mcp/{token}")
            typer.echo(f"admin API at {url}")
            if told and sys.stderr.isatty():
                typer.echo(told, err=True)
            elif told:
                logger.warning(told)  # the one plain line would spoil logs that are JSON

        run_server(ServePlan(settings, upstreams), listener, on_start=announce)


def run_server(place: ServePlan, listener: socket, *, on_start: Callable[[str], None]) -> None:
    """Serve until told to stop; `on_start` is told the URL."""
    settings = place.settings
    url = printed_url(settings, listener.getsockname()[1])

    def started() -> None:
        fields = {"version": __version__, "url": url, "workers": settings.workers}
        logger.info("vapi-mcp %s serves at %s", __version__, url, extra=fields)
        on_start(url)

    if settings.workers > 1:
        make_app = partial(hosted_app, place)
        return serve_with_workers(settings, make_app, listener, on_start=started)
    app = hosted_app(place)
    settle_memory()
    started()
    server = DrainingServer(server_config(app, settings), app.state.drain)
    return serve_until_told(server, listener)


async def _prepare(
    settings: Settings, account: Account | None, config: ServerConfig, token: str
) -> str | None:
    async with opened_store(settings) as store:
        await keep_environment_server(store, account, config, token)
        return await make_first_admin_token(store, settings)

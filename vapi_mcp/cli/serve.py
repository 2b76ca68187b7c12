from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated

import typer
import uvicorn
from starlette.applications import Starlette

from vapi_mcp.access.memory import MemoryStore
from vapi_mcp.access.models import Server
from vapi_mcp.access.service import AccessService
from vapi_mcp.access.tokens import is_well_formed, new_token
from vapi_mcp.app import create_app
from vapi_mcp.cli.account import account_from_environment
from vapi_mcp.cli.background import sandbox_account
from vapi_mcp.cli.logs import configure_logs
from vapi_mcp.cli.options import ExcludeTools, Methods, Sandbox, Tags, Tools, scope_from
from vapi_mcp.cli.process import listening_socket, serve_until_told
from vapi_mcp.cli.runtime import build_runtime, settle_memory
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.protocol.drain import DrainingServer
from vapi_mcp.settings import Settings, load_settings

_DRAIN_SECONDS = 30


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    public_url: Annotated[str | None, typer.Option(help="What printed URLs begin with.")] = None,
    sandbox: Sandbox = False,
    methods: Methods = "",
    tags: Tags = "",
    tools: Tools = "",
    exclude_tools: ExcludeTools = "",
) -> None:
    """Serve one account over HTTP at a secret URL, for ChatGPT, Claude and other connectors.

    The account comes from VAPI_API_KEY, as for stdio. The URL's token comes from
    VAPI_MCP_SERVER_TOKEN; without it, a new one is made at every start and printed.
    """
    settings = load_settings(host=host, port=port, public_url=public_url)
    configure_logs(settings)
    scope = scope_from(methods, tags, tools, exclude_tools)
    token = _server_token(settings)
    with ExitStack() as stack:
        if sandbox:
            account = stack.enter_context(sandbox_account())
        else:
            account = account_from_environment(settings)
        store = MemoryStore()
        store.add(Server("default", "default", account.id, scope), account, token)
        run_server(
            settings,
            store,
            on_start=lambda url: typer.echo(f"MCP server at {url}/mcp/{token}"),
        )


def run_server(settings: Settings, store: MemoryStore, *, on_start: Callable[[str], None]) -> None:
    """Serve until told to stop; `on_start` is told the URL once the port is ours."""
    listener = listening_socket(settings.host, settings.port)
    url = settings.public_url or f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"
    app = build_app(settings, store)
    settle_memory()
    on_start(url)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing here asks where a client comes from, so nobody has to be believed about it.
        proxy_headers=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        ws="none",
    )
    serve_until_told(DrainingServer(config, app.state.drain), listener)


def build_app(settings: Settings, store: MemoryStore) -> Starlette:
    """Return the whole HTTP application over a store."""
    runtime = build_runtime(settings)
    return create_app(
        settings=settings,
        registry=runtime.registry,
        access=AccessService(store),
        invoker=runtime.invoker,
        on_shutdown=runtime.upstream.aclose,
    )


def _server_token(settings: Settings) -> str:
    given = settings.server_token.get_secret_value() if settings.server_token else ""
    if given and not is_well_formed(given):
        raise ConfigurationError(
            "VAPI_MCP_SERVER_TOKEN is not a server token; use one that serve printed"
        )
    return given or new_token()


def _shown(host: str) -> str:
    """Return a host that a client on this machine can use in a URL."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host

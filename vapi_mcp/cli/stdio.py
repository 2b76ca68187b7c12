from __future__ import annotations

import asyncio

from vapi_mcp.access.models import Account, Grant, Server, ServerConfig
from vapi_mcp.cli.account import local_account
from vapi_mcp.cli.logs import configure_logs
from vapi_mcp.cli.options import (
    ExcludeTools,
    Exposure,
    Methods,
    Sandbox,
    Tags,
    Tools,
    scope_from,
)
from vapi_mcp.cli.runtime import running, settle_memory
from vapi_mcp.protocol.handlers import create_mcp_server
from vapi_mcp.protocol.instructions import INSTRUCTIONS
from vapi_mcp.protocol.stdio import run_stdio
from vapi_mcp.settings import Settings, load_settings


def stdio(
    *,
    sandbox: Sandbox = False,
    methods: Methods = "",
    tags: Tags = "",
    tools: Tools = "",
    exclude_tools: ExcludeTools = "",
    exposure: Exposure = "all",
) -> None:
    """Serve one account over standard input and output, for Claude Desktop, Cursor and others.

    The key comes from VAPI_API_KEY (or VAPI_TOKEN), the base URL from VAPI_BASE_URL.
    """
    settings = load_settings()
    configure_logs(settings)
    scope = scope_from(methods, tags, tools, exclude_tools)
    config = ServerConfig(tool_exposure=exposure).scoped(scope)
    with local_account(settings, sandbox=sandbox) as account:
        asyncio.run(_serve(settings, account, config))


async def _serve(settings: Settings, account: Account, config: ServerConfig) -> None:
    grant = Grant(account, Server("stdio", "stdio", account.id, config=config))
    async with running(settings, local_files=True) as runtime:
        server = create_mcp_server(
            runtime.registry,
            runtime.invoker,
            current_grant=lambda _: grant,
            instructions=INSTRUCTIONS,
        )
        settle_memory()
        await run_stdio(server)

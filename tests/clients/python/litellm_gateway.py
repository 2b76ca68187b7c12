import json
import os
import secrets
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
from bridged import free_port, serving
from mcp.client.streamable_http import streamable_http_client
from sessions import session_over


def config_of(server):
    """Write the config of the gateway, and return its name."""
    ours = server["transport"].split(" to ")[0]
    if ours == "stdio":
        entry = {"command": server["command"][0], "args": server["command"][1:]}
    else:
        entry = {"url": server["url"]}
    # JSON is YAML.
    config = {"mcp_servers": {"vapi": {"transport": ours, **entry}}}
    path = Path("gateway.yaml")
    path.write_text(json.dumps(config))
    return path.name


@asynccontextmanager
async def connect(server):
    key = f"sk-{secrets.token_hex(32)}"
    os.environ["LITELLM_MASTER_KEY"] = key
    os.environ["LITELLM_ENABLE_MCP_STDIO"] = "true"
    # It looks nothing up.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    port = free_port()
    where = ("--host", "127.0.0.1", "--port", str(port))
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        serving(port, "litellm", "--config", config_of(server), *where),
        httpx2.AsyncClient(headers=headers, timeout=40, follow_redirects=True) as http,
        session_over(
            streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)
        ) as session,
    ):
        tools = (await session.list_tools()).tools

        async def call(name, arguments):
            return await session.call_tool(f"vapi-{name}", arguments)

        yield len(tools), call

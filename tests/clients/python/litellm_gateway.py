import json
import os
from contextlib import asynccontextmanager
from pathlib import Path

from bridged import free_port, serving
from sessions import opener, session_over


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
    # It looks nothing up, and takes us without a key.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY"] = "true"
    port = free_port()
    where = ("--host", "127.0.0.1", "--port", str(port))
    gateway = {"transport": "http", "url": f"http://127.0.0.1:{port}/mcp/"}
    async with (
        serving(port, "litellm", "--config", config_of(server), *where),
        session_over(opener(gateway)) as session,
    ):
        tools = (await session.list_tools()).tools

        async def call(name, arguments):
            return await session.call_tool(f"vapi-{name}", arguments)

        yield len(tools), call

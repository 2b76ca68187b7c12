import json
import sys
from contextlib import asynccontextmanager

from bridged import connected, free_port, serving


@asynccontextmanager
async def connect(server):
    ours, theirs = server["transport"].split(" to ")
    given = json.dumps({**server, "calls": [], "transport": ours})
    command = [sys.executable, "fastmcp_bridge.py", given]
    if theirs == "stdio":
        async with connected({"transport": theirs, "command": command}) as opened:
            yield opened
        return
    port = free_port()
    async with serving(port, *command, str(port)):
        url = f"http://127.0.0.1:{port}/mcp"
        async with connected({"transport": theirs, "url": url}) as opened:
            yield opened

import json
import sys
from contextlib import asynccontextmanager

from bridged import connected


@asynccontextmanager
async def connect(server):
    ours, theirs = server["transport"].split(" to ")
    given = json.dumps({**server, "calls": [], "transport": ours})
    command = [sys.executable, "fastmcp_bridge.py", given]
    async with connected({"transport": theirs, "command": command}) as opened:
        yield opened

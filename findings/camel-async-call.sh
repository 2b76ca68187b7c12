#!/usr/bin/env bash
# Library:   camel-ai 0.2.90 with mcp 1.30.0 (Python).
# Behaviour: a tool of MCPToolkit has an `async_call`, as every FunctionTool of CAMEL has. In async
#            code it answers now and then; every second or third call ends with "Timed out while
#            waiting for response to ClientRequest", with a server that answers at once, since it
#            awaits a session of one event loop from another one, in a thread. The same tool always
#            answers through `tool.func.async_call`, which CAMEL's own ChatAgent takes.
# Output:    tool.func.async_call, 20 times: all 42
#            tool.async_call: [42,] McpError: Timed out while waiting for response to ClientRequest
# Date:      2026-11-28
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check --no-cache-dir install camel-ai==0.2.90 mcp==1.30.0 2>/dev/null
cd "$folder"
export HOME="$folder"
cat > server.py <<'PYTHON'
from mcp.server.fastmcp import FastMCP

app = FastMCP("tiny")


@app.tool()
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


app.run()
PYTHON
cat > client.py <<'PYTHON'
import asyncio
import importlib.metadata
import sys

from camel.toolkits import MCPToolkit

SERVERS = {"mcpServers": {"tiny": {"command": sys.executable, "args": ["server.py"]}}}


LATE = "Timed out while waiting for response to ClientRequest"


async def late_call(tool):
    """Return whether one of a few calls in a row gets no answer."""
    for _ in range(8):
        try:
            print("tool.async_call:", await tool.async_call(number=21), flush=True)
        except Exception as error:
            print(f"tool.async_call: {type(error).__name__}: {error}", flush=True)
            return LATE in str(error)
    return False


async def main():
    async with MCPToolkit(config_dict=SERVERS, timeout=20) as toolkit:
        (tool,) = toolkit.get_tools()
        right = {await tool.func.async_call(number=21) for _ in range(20)}
        print(f"tool.func.async_call, 20 times: {right}", flush=True)
        return right == {"42"} and await late_call(tool)


print("camel-ai", importlib.metadata.version("camel-ai"), flush=True)
sys.exit(0 if asyncio.run(main()) else 1)
PYTHON
venv/bin/python client.py 2>/dev/null

from contextlib import asynccontextmanager

from bridged import connected, free_port, serving


@asynccontextmanager
async def connect(server):
    ours, theirs = server["transport"].split(" to ")
    if ours != "stdio":
        kind = {"http": "streamablehttp", "sse": "sse"}[ours]
        command = ["mcp-proxy", "--transport", kind, server["url"]]
        async with connected({"transport": "stdio", "command": command}) as opened:
            yield opened
        return
    port = free_port()
    path = {"http": "mcp", "sse": "sse"}[theirs]
    command = ["mcp-proxy", "--pass-environment", "--port", str(port), "--", *server["command"]]
    async with serving(port, *command):
        url = f"http://127.0.0.1:{port}/{path}"
        async with connected({"transport": theirs, "url": url}) as opened:
            yield opened

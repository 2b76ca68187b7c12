"""How mcp-use is told of our server."""


def mcp_use_config(server):
    command, *arguments = server["command"]
    given = {
        "http": {"url": server["url"], "transport": "http"},
        "sse": {"url": server["url"], "transport": "sse"},
        "stdio": {"command": command, "args": arguments},
    }[server["transport"]]
    return {"mcpServers": {"vapi": given}}

"""What the clients built on mcpadapt have in common."""

from mcp import StdioServerParameters


def mcpadapt_parameters(server):
    if server["transport"] == "stdio":
        command, *arguments = server["command"]
        return StdioServerParameters(command=command, args=arguments)
    kind = {"http": "streamable-http", "sse": "sse"}[server["transport"]]
    return {"url": server["url"], "transport": kind}

"""How AutoGen is told of our server."""

from autogen_ext.tools.mcp import SseServerParams, StdioServerParams, StreamableHttpServerParams


def autogen_params(server):
    command, *arguments = server["command"]
    return {
        "http": lambda: StreamableHttpServerParams(url=server["url"]),
        "sse": lambda: SseServerParams(url=server["url"]),
        "stdio": lambda: StdioServerParams(
            command=command, args=arguments, read_timeout_seconds=30
        ),
    }[server["transport"]]()

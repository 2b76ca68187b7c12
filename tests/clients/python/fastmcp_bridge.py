"""A bridge in a few lines of Python: `python fastmcp_bridge.py SERVER_JSON` speaks over stdio."""

import json
import sys

from fastmcp.client.transports import SSETransport, StdioTransport
from fastmcp.server import create_proxy

if __name__ == "__main__":
    server = json.loads(sys.argv[1])
    command, *arguments = server["command"]
    target = {
        "http": lambda: server["url"],
        "sse": lambda: SSETransport(server["url"]),
        "stdio": lambda: StdioTransport(command, arguments),
    }[server["transport"]]()
    create_proxy(target).run(transport="stdio", show_banner=False)

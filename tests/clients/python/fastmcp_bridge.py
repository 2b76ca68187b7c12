"""A bridge in a few lines of Python: `python fastmcp_bridge.py SERVER_JSON [PORT]`.

It speaks over stdio, or over HTTP on a port.
"""

import json
import sys

from fastmcp.client.transports import SSETransport, StdioTransport
from fastmcp.server import create_proxy

if __name__ == "__main__":
    server, *port = sys.argv[1:]
    server = json.loads(server)
    command, *arguments = server["command"]
    target = {
        "http": lambda: server["url"],
        "sse": lambda: SSETransport(server["url"]),
        "stdio": lambda: StdioTransport(command, arguments),
    }[server["transport"]]()
    if port:
        create_proxy(target).run(transport="http", port=int(port[0]), show_banner=False)
    else:
        create_proxy(target).run(transport="stdio", show_banner=False)

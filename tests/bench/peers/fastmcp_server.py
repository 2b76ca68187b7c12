"""FastMCP's `from_openapi`, as its documentation has it: `python FILE UPSTREAM_URL DOCUMENT`.

It runs in an environment of its own and imports nothing from here.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
from pathlib import Path
from typing import Any


def _client(upstream: str) -> Any:
    # Its versions differ in which of the two they take.
    for name in ("httpx2", "httpx"):
        try:
            client = importlib.import_module(name).AsyncClient
        except ImportError:
            continue
        return client(base_url=upstream, headers={"authorization": "Bearer sandbox-bench"})
    raise ImportError("neither httpx2 nor httpx is installed")


def _serve(upstream: str, document: str) -> None:
    fastmcp: Any = importlib.import_module("fastmcp")
    uvicorn: Any = importlib.import_module("uvicorn")
    openapi = json.loads(Path(document).read_text())
    server = fastmcp.FastMCP.from_openapi(openapi, client=_client(upstream), name="bench")
    app = server.http_app(path="/mcp", json_response=True, stateless_http=True)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(*sys.argv[1:])

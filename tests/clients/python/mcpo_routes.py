import json
from contextlib import asynccontextmanager

import httpx
from bridged import free_port, serving


@asynccontextmanager
async def connect(server):
    port = free_port()
    kind = {"http": "streamable-http", "sse": "sse", "stdio": "stdio"}[server["transport"]]
    target = server["command"] if kind == "stdio" else [server["url"]]
    command = ["mcpo", "--host", "127.0.0.1", "--port", str(port), "--server-type", kind]
    async with (
        serving(port, *command, "--", *target),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        paths = (await http.get("/openapi.json")).json()["paths"]

        async def call(name, arguments):
            answer = await http.post(f"/{name}", json=arguments)
            if answer.is_error:
                message = f"HTTP {answer.status_code} {json.dumps(answer.json())}"
                raise RuntimeError(message)
            return answer.json()

        yield len(paths), call

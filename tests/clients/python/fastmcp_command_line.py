import asyncio
import json
from contextlib import asynccontextmanager


async def run(command, *arguments):
    """Return what the program prints."""
    process = await asyncio.create_subprocess_exec(
        "fastmcp", command, *arguments, "--json", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return json.loads(out)


@asynccontextmanager
async def connect(server):
    async def call(name, given):
        return await run("call", server["url"], name, "--input-json", json.dumps(given))

    listed = await run("list", server["url"])
    yield len(listed["tools"] if isinstance(listed, dict) else listed), call

#!/usr/bin/env bash
# Library:   aiohttp 3.14.5 (Python), also under httpx-aiohttp.
# Behaviour: a DELETE on a kept connection that the server closes is sent a second time, on a new
#            connection, without a word. HTTP allows that for methods that are idempotent, and
#            aiohttp counts PUT and DELETE among them; a POST is sent once and raises. No option of
#            ClientSession turns it off (the attribute that does is private), so a client that
#            counts or logs its writes sees one where the server saw two.
# Output:    DELETE: answer 200, the server saw it 2 times
#            PUT: answer 200, the server saw it 2 times
#            POST: ServerDisconnectedError, the server saw it 1 times
# Date:      2026-11-28
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q --disable-pip-version-check --no-cache-dir install aiohttp==3.14.5 2>/dev/null
cd "$folder"
venv/bin/python - <<'PYTHON'
import asyncio
import sys

import aiohttp


async def sent(method):
    """Return what one request came to behind a GET, and how often a server on loopback saw it."""
    seen = []

    async def serve(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            seen.append(head.split()[0].decode())
            if seen.count(method) == 1:
                break
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            if method in seen:
                break
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/thing"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            await answer.read()
        try:
            async with session.request(method, url) as answer:
                await answer.read()
                outcome = f"answer {answer.status}"
        except aiohttp.ClientError as error:
            outcome = type(error).__name__
    server.close()
    print(f"{method}: {outcome}, the server saw it {seen.count(method)} times")
    return outcome, seen.count(method)


async def main():
    return [await sent(method) for method in ("DELETE", "PUT", "POST")]


expected = [("answer 200", 2), ("answer 200", 2), ("ServerDisconnectedError", 1)]
print("aiohttp", aiohttp.__version__)
sys.exit(0 if asyncio.run(main()) == expected else 1)
PYTHON

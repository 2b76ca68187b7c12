from __future__ import annotations

import asyncio

from tests.bench.connection import calling

_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def test_a_caller_connects_again_after_the_server_closed_its_idle_connection() -> None:
    ended: list[asyncio.Event] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.Event())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_ANSWER)
        writer.close()
        await writer.wait_closed()
        ended[-1].set()

    server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
    async with server, calling(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as caller:
        for _ in range(2):
            assert await caller.ask(b"POST / HTTP/1.1\r\n\r\n") == 2
            await ended[-1].wait()
            while not caller.is_closed:  # noqa: ASYNC110 - the end is read meanwhile
                await asyncio.sleep(0)
    assert len(ended) == 2

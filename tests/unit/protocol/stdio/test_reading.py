from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from vapi_mcp.protocol.stdio.reading import lines_of

LONG = b"x" * 1_000_000
TEXTS = {
    "nothing": (b"", [b""]),
    "lines": (b"1\n2\n", [b"1", b"2", b""]),
    "no end": (b"1\n2", [b"1", b"2"]),
    "long": (LONG + b"\n2\n" + LONG, [LONG, b"2", LONG]),
}


@pytest.mark.parametrize(("text", "lines"), TEXTS.values(), ids=TEXTS)
async def test_lines_of_a_pipe_come_as_they_were_sent(text: bytes, lines: list[bytes]) -> None:
    read_end, write_end = os.pipe()

    def send() -> None:
        with os.fdopen(write_end, "wb") as client:
            client.write(text)

    sending = asyncio.create_task(asyncio.to_thread(send))
    assert [line async for line in lines_of(read_end)] == lines
    await sending
    os.close(read_end)


@pytest.mark.parametrize(("text", "lines"), TEXTS.values(), ids=TEXTS)
async def test_lines_of_a_file_come_too(text: bytes, lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(text)
    with path.open("rb") as stream:
        assert [line async for line in lines_of(stream.fileno())] == lines

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import anyio
import pytest

from vapi_mcp.protocol.stdio.output import Output

# More than a pipe holds.
LONG = b"x" * 1_000_000 + b"\n"


@contextmanager
def piped() -> Generator[tuple[Output, BinaryIO]]:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as client, os.fdopen(write_end, "wb") as stream:
        yield Output(stream), client


async def test_lines_go_out_whole_and_in_order() -> None:
    with piped() as (output, client):
        output.put(b"1\n")
        await output.write("2\n")
        output.put(b"3\n")
        await output.drain()
        assert [client.readline() for _ in range(3)] == [b"1\n", b"2\n", b"3\n"]


async def test_a_client_that_reads_nothing_for_a_while_holds_up_no_loop_and_loses_no_line() -> None:
    lines = [b"1\n", LONG, b"2\n", LONG, b"3\n"]
    with piped() as (output, client):
        for line in lines[:3]:
            output.put(line)
        await asyncio.sleep(0)  # the first write has begun, and blocks in its thread
        for line in lines[3:]:
            output.put(line)
        reading = asyncio.to_thread(lambda: [client.readline() for _ in lines])
        got, _ = await asyncio.gather(reading, output.drain())
    assert got == lines


@pytest.mark.parametrize("line", ["1\n", LONG.decode()])
async def test_a_client_that_stopped_reading_gets_nothing_and_breaks_nothing(line: str) -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb", buffering=0) as stream:
        output = Output(stream)
        os.close(read_end)
        with pytest.raises(anyio.ClosedResourceError):
            await output.write(line)
        output.put(b"more\n")
        await output.drain()


async def test_a_file_takes_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as stream:
        output = Output(stream)
        output.put(LONG)
        await output.drain()
    assert path.read_bytes() == LONG

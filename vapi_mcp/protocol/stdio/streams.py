"""Standard input as strict messages, and both streams kept from other code."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import BinaryIO, TypeAlias

import orjson

from vapi_mcp.protocol.json_rpc import BadMessage, Message, read_message
from vapi_mcp.protocol.stdio.output import Output
from vapi_mcp.protocol.stdio.reading import lines_of

Lines: TypeAlias = AsyncGenerator[tuple[bytes, Message]]


async def strict_lines(stdin: BinaryIO, output: Output) -> Lines:
    """Yield each line that is a sound message, with it, and answer the others here.

    The SDK drops what it cannot read, and its client would wait for ever.
    """
    async for line in lines_of(stdin.fileno()):
        if not line.strip():
            continue
        try:
            message = await read_message(line)
        except BadMessage as bad:
            error = {"code": bad.code, "message": bad.message}
            answer = {"jsonrpc": "2.0", "id": bad.id, "error": error}
            output.put(orjson.dumps(answer) + b"\n")
        else:
            yield line, message


@contextmanager
def own_streams() -> Generator[tuple[BinaryIO, BinaryIO]]:
    """Yield the process's own streams, which for other code lead elsewhere meanwhile."""
    # Copies of the descriptors are the wire; the numbers everybody knows lead elsewhere meanwhile.
    wire_in, wire_out = os.dup(0), os.dup(1)
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    try:
        # Left open at the end: a thread may still be waiting in a read of its own.
        yield (
            os.fdopen(wire_in, "rb", closefd=False),
            os.fdopen(wire_out, "wb", closefd=False),
        )
    finally:
        sys.stdout.flush()
        os.dup2(wire_in, 0)
        os.dup2(wire_out, 1)

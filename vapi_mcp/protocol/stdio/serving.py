"""One client over standard streams, from its first line to its last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, BinaryIO

from vapi_mcp.protocol.stdio.late_server import LateServer
from vapi_mcp.protocol.stdio.output import Output
from vapi_mcp.protocol.stdio.streams import own_streams, strict_lines
from vapi_mcp.protocol.stdio.traffic import FastTraffic, Traffic
from vapi_mcp.security.log_redaction import keep_logs_discreet

if TYPE_CHECKING:
    from vapi_mcp.protocol.stdio.late_server import LoadServer
    from vapi_mcp.protocol.stdio.traffic import Fast


async def run_stdio(
    load_server: LoadServer,
    fast: Fast | None = None,
    *,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> None:
    """Serve one client until its input ends and everything it asked is answered.

    Without streams given it takes the process's own for as long as it runs: what other code
    prints meanwhile goes to standard error, and what other code reads is empty. Streams given
    need a descriptor. load_server: is called when a message needs the SDK's server. fast: the
    lane for usual requests; without it the server answers all.
    """
    keep_logs_discreet()
    if stdin and stdout:
        await _serve(load_server, fast, stdin, stdout)
        return
    with own_streams() as (own_input, own_output):
        await _serve(load_server, fast, stdin or own_input, stdout or own_output)


async def _serve(
    load_server: LoadServer, fast: Fast | None, stdin: BinaryIO, stdout: BinaryIO
) -> None:
    output = Output(stdout)
    server = LateServer(load_server, output)
    try:
        async with asyncio.TaskGroup() as tasks:
            traffic = FastTraffic(server, tasks, fast, output) if fast else Traffic(server, tasks)
            async for line, message in strict_lines(stdin, output):
                traffic.handle(line, message)
            traffic.end()
    finally:
        await output.drain()

"""One client over standard streams, from its first line to its last."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, cast

from vapi_mcp.protocol.greeting.opening import INITIALIZED, Opening
from vapi_mcp.protocol.json_rpc import Message, MessageId
from vapi_mcp.protocol.stdio.streams import Lines, Output, own_streams, strict_lines
from vapi_mcp.security.log_redaction import keep_logs_discreet

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    LoadServer: TypeAlias = Callable[[], Server[Any]]


async def run_stdio(
    load_server: LoadServer,
    opening: Opening,
    *,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> None:
    """Serve one client until its input ends and everything it asked is answered.

    Without streams given it takes the process's own for as long as it runs: what other code
    prints meanwhile goes to standard error, and what other code reads is empty. Streams given
    need a descriptor. load_server: is called once the opening is over.
    """
    keep_logs_discreet()
    if stdin and stdout:
        await _serve(load_server, opening, stdin, stdout)
        return
    with own_streams() as (own_input, own_output):
        await _serve(load_server, opening, stdin or own_input, stdout or own_output)


async def _serve(
    load_server: LoadServer, opening: Opening, stdin: BinaryIO, stdout: BinaryIO
) -> None:
    output = Output(stdout)
    lines = strict_lines(stdin, output)
    kept, answered = await _open(opening, lines, output)
    if not kept:
        return
    server = load_server()
    # It takes longer to load than all that came before.
    from vapi_mcp.protocol.stdio.session import serve_lines  # noqa: PLC0415

    await serve_lines(server, _chained(kept, lines), output, answered)


async def _open(
    opening: Opening, lines: Lines, output: Output
) -> tuple[list[tuple[str, Message]], set[MessageId]]:
    """Answer the first requests; return all lines so far, and which requests have their answers."""
    kept: list[tuple[str, Message]] = []
    answered = set[MessageId]()
    async for line, message in lines:
        kept.append((line, message))
        if message.is_request and message.id not in answered:
            answer = opening.answer(message)
            if answer is None:
                break
            await output.write(answer)
            answered.add(cast("MessageId", message.id))
        elif message.method != INITIALIZED:
            break
        if opening.is_over:
            break
    return kept, answered


async def _chained(first: list[tuple[str, Message]], rest: Lines) -> Lines:
    for each in first:
        yield each
    async for each in rest:
        yield each

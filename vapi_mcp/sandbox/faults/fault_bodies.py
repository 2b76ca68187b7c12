"""The faults; those that need the true answer perform the request first."""

from __future__ import annotations

import time
import zlib
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response, StreamingResponse

from vapi_mcp.sandbox.faults.recording import Recorded
from vapi_mcp.sandbox.requests.refusals import Refusal, refusal
from vapi_mcp.sandbox.requests.refusals import pinned as pinned_refusal
from vapi_mcp.sandbox.requests.refusals import unauthorized as unauthorized_refusal
from vapi_mcp.sandbox.requests.responses import json_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message

    from vapi_mcp.sandbox.faults.injection import FaultedRequest

MEBIBYTE = 1 << 20
BOMB_MEBIBYTES = 110

# What half an answer is made of when the id that asked for the fault belongs to nothing.
STAND_IN = Recorded(
    HTTPStatus.OK,
    [(b"content-type", b"application/json; charset=utf-8")],
    b'{"id":"00000000-0000-4000-8000-000000000000","orgId":"00000000-0000-4000-8000-000000000001",'
    b'"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z",'
    b'"name":"Stand-in for an object that a fault has struck"}',
)

_HTML = """<!DOCTYPE html>
<html lang="en-US"><head><title>api.vapi.ai | 502: Bad gateway</title></head>
<body><h1>Bad gateway <span>Error code 502</span></h1>
<p>The web server reported a bad gateway error.</p>
<p>Ray ID: <strong>00000000deadbeef</strong></p></body></html>
"""


async def rate_limited(struck: FaultedRequest) -> None:
    """429 with Retry-After (7 s, or the parameter) and x-ratelimit headers; reset is an epoch."""
    seconds = int(struck.parameter or 7)
    headers = {
        "Retry-After": str(seconds),
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(time.time()) + seconds),
    }
    body = refusal(HTTPStatus.TOO_MANY_REQUESTS, "Rate limit exceeded").body
    answer = json_answer(body, HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers.update(headers)
    await _send(struck, answer)


async def pinned(struck: FaultedRequest) -> None:
    """409 in the shape of its own that pinned objects have."""
    noun = "tool" if struck.scope["path"].startswith("/tool") else "assistant"
    await _refuse(struck, pinned_refusal(noun))


async def unauthorized(struck: FaultedRequest) -> None:
    """401, as for a key that was revoked."""
    await _refuse(struck, unauthorized_refusal())


async def server_error(struck: FaultedRequest) -> None:
    """500 without a reason."""
    body = {"statusCode": 500, "message": "Internal server error"}
    await _send(struck, json_answer(body, HTTPStatus.INTERNAL_SERVER_ERROR))


async def html(struck: FaultedRequest) -> None:
    """502 from the proxy in front, in HTML."""
    await _send(struck, HTMLResponse(_HTML, HTTPStatus.BAD_GATEWAY))


async def unavailable(struck: FaultedRequest) -> None:
    """503; for a deletion it says that nothing was deleted, and nothing was."""
    message = "Service Unavailable"
    if struck.scope["method"] == "DELETE":
        message = "Failed to erase call recordings; the call was not deleted. Retry the request."
    await _refuse(struck, refusal(HTTPStatus.SERVICE_UNAVAILABLE, message))


async def slow(struck: FaultedRequest) -> None:
    """The true answer after 30 s, or after the parameter's seconds."""
    answer = await struck.real_answer()
    if await struck.wait(float(struck.parameter or 30)):
        await answer.replay(struck.send)


async def stalled(struck: FaultedRequest) -> None:
    """Half of the true answer, then silence for 30 s or the parameter's seconds, then the end."""
    answer = await struck.real_answer()
    half = len(answer.body) // 2
    await struck.send(answer.start(length=len(answer.body)))
    await struck.send(_part(answer.body[:half], more=True))
    if await struck.wait(float(struck.parameter or 30)):
        await struck.send(_part(answer.body[half:], more=False))


async def dropped(struck: FaultedRequest) -> None:
    """Half of the true answer, then the connection breaks. The request itself was performed."""
    answer = await struck.real_answer()
    await struck.send(answer.start(length=len(answer.body)))
    # An app that returns with bytes still owed makes the server close the connection.
    await struck.send(_part(answer.body[: len(answer.body) // 2], more=True))


async def half_json(struck: FaultedRequest) -> None:
    """Half of the true answer as if it were all of it: a clean end in the middle of the JSON."""
    answer = await struck.real_answer()
    half = answer.body[: len(answer.body) // 2]
    await Recorded(answer.status, answer.headers, half).replay(struck.send)


async def empty(struck: FaultedRequest) -> None:
    """200 with no body at all."""
    await _send(struck, Response(b"", HTTPStatus.OK, media_type="application/json"))


async def huge(struck: FaultedRequest) -> None:
    """JSON of 24 MiB, or of the parameter's size in MiB, chunked and without a length."""
    await _send(
        struck, StreamingResponse(_much(int(struck.parameter or 24)), media_type="application/json")
    )


async def gzip_bomb(struck: FaultedRequest) -> None:
    """About 110 kB that inflate to more than 110 MB of JSON."""
    headers = {"Content-Encoding": "gzip"}
    await _send(struck, Response(_bomb(), media_type="application/json", headers=headers))


async def redirect(struck: FaultedRequest) -> None:
    """302 to the parameter; nothing is performed."""
    await _send(
        struck, Response(status_code=HTTPStatus.FOUND, headers={"Location": struck.parameter})
    )


async def _send(struck: FaultedRequest, answer: Response) -> None:
    await answer(struck.scope, struck.receive, struck.send)


async def _refuse(struck: FaultedRequest, refused: Refusal) -> None:
    await _send(struck, json_answer(refused.body, refused.status))


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def _much(mebibytes: int) -> Iterator[bytes]:
    filler = b'"' + b"x" * (MEBIBYTE - 3) + b'"'
    yield b"[" + filler
    for _ in range(mebibytes):
        yield b"," + filler
    yield b"]"


@cache
def _bomb() -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    filler = b"0" * MEBIBYTE
    parts = [squeeze.compress(b'{"padding":"')]
    parts += [squeeze.compress(filler) for _ in range(BOMB_MEBIBYTES)]
    return b"".join([*parts, squeeze.compress(b'"}'), squeeze.flush()])

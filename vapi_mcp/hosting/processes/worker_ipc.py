"""Communication of workers: HTTP messages over unix sockets in a private directory."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope, Send

from vapi_mcp.http.bodies import replay
from vapi_mcp.http.mcp.stream_refusals import REFUSAL

NAME_LENGTH = 16

# A head, of a request or an answer, is one line of JSON; the body follows it to the end.
_LONGEST_HEAD = 1024 * 1024
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class WorkerPeers:
    """The workers of one server, as one of them sees the others.

    directory: where each has its socket; it must be open to nobody else. name: this worker's own;
    nobody can guess it, and whoever takes its place has another.
    """

    directory: Path
    name: str = field(default_factory=lambda: secrets.token_hex(NAME_LENGTH // 2))

    async def ask(self, name: str, scope: Scope, body: bytes) -> Response | None:
        """Return a worker's answer to a request, or None if that worker does not live.

        name: hexadecimal digits and nothing else, since a path is made of it.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._ask(name, scope, body)
        except (OSError, orjson.JSONDecodeError):
            # It has ended, perhaps just now; or it hangs, which comes to the same.
            return None

    async def _ask(self, name: str, scope: Scope, body: bytes) -> Response:
        reader, writer = await asyncio.open_unix_connection(
            self.directory / name, limit=_LONGEST_HEAD
        )
        try:
            writer.write(_head_of(scope))
            writer.write(body)
            writer.write_eof()
            head = orjson.loads(await reader.readline())
            answer = Response(await reader.read(), head["status"])
        finally:
            writer.close()
        answer.raw_headers = _encoded(head["headers"])
        return answer

    @asynccontextmanager
    async def answering(self, app: ASGIApp) -> AsyncGenerator[None]:
        """Let `app` answer the requests of other workers, while this is held."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                scope = _scope_of(await reader.readline())
                receive = replay(await reader.read(), _nothing_more)
                await app(scope, receive, _sending(writer))
            finally:
                writer.close()

        path = self.directory / self.name
        server = await asyncio.start_unix_server(answer, path, limit=_LONGEST_HEAD)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)


def _sending(writer: asyncio.StreamWriter) -> Send:
    async def send(message: Message) -> None:
        # The asking worker may be gone; its request is done all the same.
        with suppress(OSError):
            if message["type"] == "http.response.start":
                head = {"status": message["status"], "headers": _decoded(message["headers"])}
                writer.write(orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE))
                return
            writer.write(message.get("body", b""))
            if not message.get("more_body", False):
                writer.write_eof()
            await writer.drain()

    return send


async def _nothing_more() -> Message:
    return {"type": "http.disconnect"}


def _head_of(scope: Scope) -> bytes:
    head = {
        "type": scope["type"],
        "method": scope["method"],
        "path": scope["path"],
        "client": scope.get("client"),
        "path_params": scope["path_params"],
        "query_string": scope["query_string"].decode("latin-1"),
        "headers": _decoded(scope["headers"]),
        "state": {REFUSAL: scope["state"][REFUSAL]} if REFUSAL in scope["state"] else {},
    }
    return orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE)


def _scope_of(head: bytes) -> Scope:
    scope: dict[str, Any] = orjson.loads(head)
    scope["query_string"] = scope["query_string"].encode("latin-1")
    scope["headers"] = _encoded(scope["headers"])
    scope["client"] = tuple(scope["client"]) if scope["client"] else None
    return scope


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

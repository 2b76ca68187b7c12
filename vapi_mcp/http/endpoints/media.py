"""`GET /media/{signed}`: the bytes behind a link of our own, fetched afresh at each click."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.service import AccessService
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.errors import AccessError, LimitReached, StoreError, ToolError, UnknownTool
from vapi_mcp.http.disconnect import while_connected
from vapi_mcp.http.errors import plain_error
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.file import ArtifactFiles, WantedArtifact
from vapi_mcp.invocation.artifacts.handing_on import asked_of_storage, asked_range, handed_on
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.caller import NOBODY
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.messages import OpenArtifact
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.timed import TimedUpstream
from vapi_mcp.protocol.request_record import RequestRecord
from vapi_mcp.registry.registry import Registry
from vapi_mcp.web.letting_go import let_go

_METHODS = ("GET", "HEAD")
# A client that was gone before its answer.
_LEFT = 499
_GONE = "this link is not valid, or not valid any more; call the tool again for a new link"
# A paused player reads nothing. It is let go after so many seconds, and asks again for the rest.
_STALLED = 60.0
# A recording may be played in place; whatever it claims to be, it is never a page of ours.
_POLICY = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
_PASSED_ON = (HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True, slots=True)
class _LinkUse:
    """One use of a link that is good."""

    wanted: WantedArtifact
    media_type: str
    method: str
    headers: Headers

    @property
    def range(self) -> str | None:
        return asked_range(self.headers) if self.method == "GET" else None

    def asked(self) -> Mapping[str, str]:
        """Return what storage is asked for."""
        return asked_of_storage(self.method, self.headers)


class MediaEndpoint:
    """The ASGI app of `/media/{signed}`.

    Each click asks anew: whether the link is ours and has not ended, whether its server is
    there, still has the tool in its scope and was not rotated since, and Vapi for the bytes, which
    pass through in pieces. A link that is none and one that ended look the same.
    """

    def __init__(
        self,
        links: MediaLinks,
        access: AccessService,
        registry: Registry,
        upstream: Upstream,
        audit_writer: AuditWriter,
        *,
        limits: Limits,
        on_finished: Callable[[LogEntry, RequestRecord], None],
    ) -> None:
        """Take what a click needs; on_finished is told of every click, as of MCP requests."""
        self._links = links
        self._access = access
        self._registry = registry
        self._upstream = upstream
        self._audit_writer = audit_writer
        self._limits = limits
        self._on_finished = on_finished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in _METHODS:
            known = ", ".join(_METHODS)
            refusal = plain_error(405, f"only {known} are allowed here", {"Allow": known})
            return await refusal(scope, receive, send)
        try:
            click = await self._admitted(scope)
        except (AccessError, UnknownTool):
            return await plain_error(404, _GONE)(scope, receive, send)
        except StoreError as error:
            said = f"this server's database does not answer; try again ({error.reference})"
            return await plain_error(503, said, {"Retry-After": "2"})(scope, receive, send)
        return await self._recorded(click, scope, receive, send)

    async def _admitted(self, scope: Scope) -> _LinkUse:
        ticket = self._links.open(scope["path_params"]["signed"])
        if ticket is None:
            raise AccessError
        grant = await self._access.grant_of(ticket.account_id, ticket.server_id)
        if ticket.links_epoch != grant.server.links_epoch:
            raise AccessError
        tool = self._registry.find(ticket.tool_name, grant.scope)
        checked = Checked({"id": ticket.call_id}, {}, None, {})
        wanted = WantedArtifact(tool, checked, grant, NOBODY)
        return _LinkUse(wanted, ticket.media_type, scope["method"], Headers(scope=scope))

    async def _recorded(self, click: _LinkUse, scope: Scope, receive: Receive, send: Send) -> None:
        begun, noted = time.perf_counter(), _Noted(send)
        upstream = TimedUpstream(self._upstream)
        files = ArtifactFiles(upstream)
        try:
            await receive()  # a GET has no body, but its empty end comes first
            await while_connected(self._answer(click, files, scope, receive, noted), receive)
        finally:
            seconds = time.perf_counter() - begun
            entry = _entry(click, noted.status, seconds, upstream.seconds)
            with explaining("metrics"):
                self._on_finished(entry, RequestRecord(click.wanted.tool))
            await self._audit_writer.record(entry)

    async def _answer(
        self, click: _LinkUse, files: ArtifactFiles, scope: Scope, receive: Receive, send: _Noted
    ) -> None:
        server = click.wanted.grant.server
        try:
            self._limits.note_request(server.id)
            with self._limits.streaming(server.id):
                async with files.opened(click.wanted, click.asked()) as found:
                    await _send_bytes(click, found, send)
        except LimitReached as error:
            refusal = plain_error(429, error.message, {"Retry-After": str(error.retry_after)})
            await refusal(scope, receive, send)
        except TimeoutError:
            await let_go(scope, receive, patience=0)
        except ToolError as error:
            # Once it has begun nothing can be said any more: the connection ends short of its
            # length, and a player asks again for the rest.
            if send.has_begun:
                return await let_go(scope, receive, patience=_STALLED)
            await plain_error(_told(error), error.message)(scope, receive, send)


def _told(error: ToolError) -> int:
    """Return the status for a failure: a key that Vapi refuses is none of the clicker's doing."""
    is_theirs = error.status < HTTPStatus.INTERNAL_SERVER_ERROR and error.status not in _PASSED_ON
    return HTTPStatus.BAD_GATEWAY if is_theirs else error.status


class _Noted:
    """A `send` that remembers the status that went out."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = _LEFT

    @property
    def has_begun(self) -> bool:
        return self.status != _LEFT

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


async def _send_bytes(click: _LinkUse, found: OpenArtifact, send: Send) -> None:
    # The first bytes tell an MP2 from an MP3, where they are among those asked for.
    first = await anext(found.chunks, b"") if _is_from_start(click, found) else b""
    status, headers = _head(click, found, first)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    if click.method == "GET":
        if first:
            await _send_chunk(first, send)
        async for chunk in found.chunks:
            await _send_chunk(chunk, send)
    await send({"type": "http.response.body", "body": b""})


def _is_from_start(click: _LinkUse, found: OpenArtifact) -> bool:
    is_whole = click.method == "GET" and found.status == HTTPStatus.OK
    return is_whole and click.media_type == "audio/mpeg"


async def _send_chunk(chunk: bytes, send: Send) -> None:
    async with asyncio.timeout(_STALLED):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _head(click: _LinkUse, found: OpenArtifact, first: bytes) -> tuple[int, dict[str, str]]:
    name = click.wanted.kind.file_name(click.wanted.call_id, click.media_type, first)
    shown = "inline" if click.media_type.startswith(("audio/", "video/")) else "attachment"
    headers = {
        "content-type": click.media_type,
        "content-disposition": f'{shown}; filename="{name}"',
        "content-security-policy": _POLICY,
        "accept-ranges": "bytes",
    }
    status, given = handed_on(click.method, found)
    return status, headers | given


def _entry(click: _LinkUse, status: int, seconds: float, waited: float | None) -> LogEntry:
    grant, spec = click.wanted.grant, click.wanted.tool.spec
    asked = {"id": click.wanted.call_id} | ({"range": click.range} if click.range else {})
    return LogEntry(
        log_type="mcp",
        status=status,
        tenant_id=grant.account.tenant_id,
        account_id=grant.account.id,
        server_id=grant.server.id,
        mcp_method="media",
        tool_name=spec.name,
        resource=spec.resource,
        method=spec.method,
        duration=round(seconds * 1000, 3),
        upstream_duration=None if waited is None else round(waited * 1000, 3),
        upstream_id=click.wanted.call_id,
        upstream_ids=(click.wanted.call_id,),
        outcome="read" if status < HTTPStatus.BAD_REQUEST else "failed",
        arguments=asked,
    )

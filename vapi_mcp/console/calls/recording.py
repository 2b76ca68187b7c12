"""The recording of a call: its bytes for a player, and its outline as a picture."""

from __future__ import annotations

from contextlib import AsyncExitStack
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.known_tools import artifact_tool
from vapi_mcp.console.tool_runs import CLIENT, whole_grant
from vapi_mcp.errors import AdminError, ToolError
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.file import ArtifactFiles, WantedArtifact
from vapi_mcp.invocation.artifacts.handing_on import asked_of_storage, asked_range, handed_on
from vapi_mcp.invocation.artifacts.kinds import media_type_of
from vapi_mcp.invocation.artifacts.peaks import LOUDEST
from vapi_mcp.invocation.caller import NOBODY
from vapi_mcp.invocation.messages import OpenArtifact
from vapi_mcp.invocation.playback.recording import outline_of
from vapi_mcp.web.letting_go import let_go
from vapi_mcp.web.patient_response import PatientResponse

_TOOLS = ("mono", "stereo", "customer", "assistant")
# So many seconds has a player for what came before its recording broke off.
_PATIENCE = 60.0


async def recording(console: Console, visit: Visit) -> Response:
    """Pass the bytes of a recording on, the part that the player asks for."""
    wanted = await _wanted(console, visit)
    asked = asked_of_storage(visit.request.method, visit.request.headers)
    async with AsyncExitStack() as held:
        try:
            found = await held.enter_async_context(
                ArtifactFiles(console.upstream).opened(wanted, asked)
            )
        except ToolError as error:
            raise _refusal(error) from error
        await console.readings.audit_writer.record(_entry(visit, wanted, found.status))
        return _Recording(visit.request.method, wanted, found, held)


async def waveform(console: Console, visit: Visit) -> Response:
    """Draw the outline of a recording; empty where it takes long or its format is not read."""
    wanted = await _wanted(console, visit)
    key = (wanted.account.id, wanted.call_id, wanted.tool.name)
    peaks = console.outlines.of(key)
    if not peaks:
        try:
            _, peaks = await outline_of(wanted, console.upstream)
        except ToolError as error:
            raise _refusal(error) from error
        except TimeoutError:
            late = "the recording did not arrive in time"
            raise AdminError(late, status=HTTPStatus.GATEWAY_TIMEOUT) from None
        console.outlines.keep(key, peaks)
    loudest = max(peaks, default=0) or LOUDEST
    picture = visit.page("calls/waveform.svg", peaks=peaks, loudest=loudest)
    picture.headers["content-type"] = "image/svg+xml"
    return picture


class _Recording(PatientResponse):
    """Bytes that pass through; the connection behind them ends with the answer."""

    def __init__(
        self, method: str, wanted: WantedArtifact, found: OpenArtifact, held: AsyncExitStack
    ) -> None:
        status, headers = handed_on(method, found)
        headers |= {"accept-ranges": "bytes", "content-disposition": "inline"}
        media_type = media_type_of(wanted.kind, found.headers.get("content-type"), b"")
        super().__init__(found.chunks, status, headers, media_type=media_type)
        self._held = held.pop_all()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, unless somebody leaves."""
        async with self._held:
            try:
                await super().__call__(scope, receive, send)
            except ToolError:
                # It broke off, and nothing can be said any more: a player asks for the rest.
                await let_go(scope, receive, patience=_PATIENCE)


async def _wanted(console: Console, visit: Visit) -> WantedArtifact:
    kind = visit.query.get("of", _TOOLS[0])
    if kind not in _TOOLS:
        raise AdminError(f"a recording is one of {', '.join(_TOOLS)}", status=404)
    account = await console.administration.accounts.get(visit.actor, visit.ids["account"])
    tool = artifact_tool(console.registry, kind)
    checked = Checked({"id": visit.ids["call"]}, {}, None, {})
    return WantedArtifact(tool, checked, whole_grant(console, visit, account), NOBODY)


def _entry(visit: Visit, wanted: WantedArtifact, status: int) -> LogEntry:
    """Return the row of the log for somebody who listens, as a click on a link has one."""
    spec, client, actor = wanted.tool.spec, visit.request.client, visit.actor
    part = asked_range(visit.request.headers)
    return LogEntry(
        log_type="mcp",
        status=status,
        tenant_id=wanted.account.tenant_id,
        account_id=wanted.account.id,
        mcp_method="media",
        tool_name=spec.name,
        resource=spec.resource,
        method=spec.method,
        client_name=CLIENT.name,
        token_id=actor.id,
        token_name=actor.name,
        source_address=client.host if client else None,
        upstream_id=wanted.call_id,
        upstream_ids=(wanted.call_id,),
        outcome="read" if status < HTTPStatus.BAD_REQUEST else "failed",
        arguments={"id": wanted.call_id} | ({"range": part} if part else {}),
    )


def _refusal(error: ToolError) -> AdminError:
    return AdminError(error.message, status=error.status)

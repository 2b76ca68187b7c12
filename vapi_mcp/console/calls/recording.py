"""The recording of a call: its bytes for a player, and its outline as a picture."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack

from starlette.responses import Response

from vapi_mcp.console.console import Console
from vapi_mcp.console.frame.visit import Visit
from vapi_mcp.console.known_tools import artifact_tool
from vapi_mcp.console.tool_runs import whole_grant
from vapi_mcp.errors import AdminError, ToolError
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.file import ArtifactFiles, WantedArtifact
from vapi_mcp.invocation.artifacts.kinds import media_type_of
from vapi_mcp.invocation.artifacts.peaks import LOUDEST, peaks_of
from vapi_mcp.invocation.caller import NOBODY
from vapi_mcp.invocation.messages import OpenArtifact
from vapi_mcp.web.patient_response import PatientResponse

_TOOLS = ("mono", "stereo", "customer", "assistant")
# One range, as players ask.
_RANGE = re.compile(r"bytes=(\d{1,15}-\d{0,15}|-\d{1,15})")
_HANDED_ON = ("content-range", "content-length", "etag", "last-modified")
_MOST_KEPT = 64
_KEPT = OrderedDict[tuple[str, str, str], tuple[int, ...]]()


async def recording(console: Console, visit: Visit) -> Response:
    """Pass the bytes of a recording on, the part that the player asks for."""
    wanted, stack = await _wanted(console, visit), AsyncExitStack()
    asked = _RANGE.fullmatch(visit.request.headers.get("range", "").strip())
    headers = {"range": asked[0]} if asked else {}
    files = ArtifactFiles(console.upstream, None)
    try:
        found = await stack.enter_async_context(files.opened(wanted, headers))
    except ToolError as error:
        raise _refusal(error) from error
    media_type = media_type_of(wanted.kind, found.headers.get("content-type"), b"")
    return PatientResponse(
        _passed_on(found, stack), found.status, _headers(found.headers), media_type=media_type
    )


async def waveform(console: Console, visit: Visit) -> Response:
    """Draw the outline of a recording; empty where its format is not read."""
    wanted = await _wanted(console, visit)
    key = (wanted.account.id, wanted.call_id, wanted.tool.name)
    if key not in _KEPT:
        files = ArtifactFiles(console.upstream, None)
        try:
            async with files.opened(wanted) as found:
                _KEPT[key] = tuple(await peaks_of(found.chunks))
        except ToolError as error:
            raise _refusal(error) from error
        if len(_KEPT) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    peaks = _KEPT[key]
    loudest = max(peaks, default=0) or LOUDEST
    picture = visit.page("calls/waveform.svg", peaks=peaks, loudest=loudest)
    picture.headers["content-type"] = "image/svg+xml"
    return picture


async def _wanted(console: Console, visit: Visit) -> WantedArtifact:
    kind = visit.query.get("of", _TOOLS[0])
    if kind not in _TOOLS:
        raise AdminError(f"a recording is one of {', '.join(_TOOLS)}", status=404)
    account = await console.administration.accounts.get(visit.actor, visit.ids["account"])
    tool = artifact_tool(console.registry, kind)
    checked = Checked({"id": visit.ids["call"]}, {}, None, {})
    return WantedArtifact(tool, checked, whole_grant(console, visit, account), NOBODY)


async def _passed_on(found: OpenArtifact, stack: AsyncExitStack) -> AsyncGenerator[bytes]:
    async with stack:
        async for chunk in found.chunks:
            yield chunk


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    handed_on = {name: given.get(name, "") for name in _HANDED_ON}
    kept = {name: value for name, value in handed_on.items() if value and value.isascii()}
    return {**kept, "Accept-Ranges": "bytes", "Content-Disposition": "inline"}


def _refusal(error: ToolError) -> AdminError:
    return AdminError(error.message, status=error.status)

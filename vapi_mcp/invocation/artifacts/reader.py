"""The seven artifact tools: a link by default, and the bytes where they are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.durations import SAMPLE, duration_of, sampled_places
from vapi_mcp.invocation.artifacts.file import (
    ArtifactFiles,
    DescribedFile,
    WantedArtifact,
    bytes_of,
)
from vapi_mcp.invocation.artifacts.kinds import media_type_of
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.artifacts.logs import LOG_FILTERS, check_filters, read_log
from vapi_mcp.invocation.artifacts.saving import parts_of, save, target_of
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.result import Block, ToolResult
from vapi_mcp.registry.inline_media import gives_media

# What goes into an answer itself, before base64.
MOST_INLINE = 700_000

_NO_VIDEO = "A video is never part of an answer; open its link instead."
_TOO_LARGE = f"inline was refused: more than {MOST_INLINE:,} bytes. Open the link instead."
_LOG_PAGING = (*LOG_FILTERS, "next_cursor")


class ArtifactReader:
    """Answers the artifact tools."""

    def __init__(self, links: MediaLinks | None = None) -> None:
        """Take what makes links of our own, where we are hosted."""
        self._links = links

    async def read(self, call: Call, checked: Checked) -> ToolResult:
        """Return what the arguments ask for: a link, lines of a log, a block of bytes, a file.

        Raises:
            InvalidArguments: They contradict each other, or the file cannot be written.
            UpstreamRejected: The call has no such artifact, or Vapi refused.
            UpstreamFailed: Vapi answered 5xx, or not in time.
            ArtifactUnavailable: Its storage did not give it.
        """
        tool, grant, control = call.tool, call.grant, checked.control
        wanted = WantedArtifact(tool, checked, grant, call.caller)
        files = ArtifactFiles(call.upstream, self._links)
        if control.get("inline") and gives_media(tool) and not grant.server.config.inline_media:
            raise InvalidArguments(
                f"{tool.name}: inline is switched off on this server; leave it out to get a "
                "link. Nothing was sent."
            )
        # Who filters a log wants to read it.
        inline = bool(control.get("inline")) or any(name in control for name in _LOG_PAGING)
        if "save_to" in control:
            if inline:
                raise InvalidArguments("Give save_to or inline, not both. Nothing was sent.")
            return await _saved(files, wanted, control["save_to"])
        if inline and wanted.kind.holds == "log":
            check_filters(tool, checked, grant.account)
            async with files.opened(wanted) as found:
                return await read_log(tool, checked, found, grant)
        described = await files.describe(wanted)
        return await _with_bytes(files, wanted, described) if inline else _link(wanted, described)


async def _with_bytes(
    files: ArtifactFiles, wanted: WantedArtifact, described: DescribedFile
) -> ToolResult:
    if wanted.kind.holds == "video":
        return _link(wanted, described, _NO_VIDEO)
    content = None
    if described.size is None or described.size <= MOST_INLINE:
        async with files.opened(wanted) as found:
            content = await bytes_of(found.chunks, MOST_INLINE)
    if content is None:
        return _link(wanted, described, _TOO_LARGE)
    return _link(wanted, described, block=_block(wanted, described, content))


async def _saved(files: ArtifactFiles, wanted: WantedArtifact, asked: str) -> ToolResult:
    if not wanted.caller.is_local:
        raise InvalidArguments("save_to is for clients on this machine. Nothing was sent.")
    async with files.opened(wanted) as found:
        head = await anext(found.chunks, b"")
        media_type = media_type_of(wanted.kind, found.headers.get("content-type"), head)
        own_name = wanted.kind.file_name(wanted.call_id, media_type, head)
        saved = await save(head, found.chunks, target_of(asked, own_name))
    about = {**saved, "content_type": media_type}
    if wanted.is_heard:
        size = saved["size_bytes"]
        samples = parts_of(Path(saved["path"]), sampled_places(head, size), SAMPLE)
        about["duration_seconds"] = duration_of(head, size, samples)
    return _answer(wanted, about, ())


def _link(
    wanted: WantedArtifact,
    described: DescribedFile,
    note: str | None = None,
    block: Block | None = None,
) -> ToolResult:
    notes = described.notes if note is None else (note, *described.notes)
    return _answer(wanted, described.about, notes, *([block] if block else []))


def _answer(
    wanted: WantedArtifact, about: Mapping[str, Any], notes: tuple[str, ...], *blocks: Block
) -> ToolResult:
    text = {"call_id": wanted.call_id, "artifact": wanted.kind.segment, **about}
    return ToolResult(
        exact_json(text).decode(), (*wanted.checked.notes, *notes), blocks=tuple(blocks)
    )


def _block(wanted: WantedArtifact, described: DescribedFile, content: bytes) -> Block:
    if described.media_type.startswith("audio/"):
        return Block("audio", content, described.media_type)
    uri = f"vapi://calls/{wanted.call_id}/{wanted.kind.segment}"
    return Block("blob", content, described.media_type, uri)

"""The file behind an artifact tool: what is known of it, and the way to its bytes."""

from __future__ import annotations

from asyncio import gather
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.records import Account, Grant
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.call_length import call_seconds, shortness_note
from vapi_mcp.invocation.artifacts.durations import (
    SAMPLE,
    duration_of,
    index_duration,
    sampled_places,
)
from vapi_mcp.invocation.artifacts.kinds import Kind, kind_of, media_type_of
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.artifacts.mp4 import index_offset
from vapi_mcp.invocation.caller import Caller
from vapi_mcp.invocation.failures.header_numbers import whole_number
from vapi_mcp.invocation.failures.upstream_errors import failure
from vapi_mcp.invocation.messages import (
    ArtifactLink,
    OpenArtifact,
    UpstreamRequest,
    UpstreamResponse,
)
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.request import build_request
from vapi_mcp.registry.tool import Tool
from vapi_mcp.rfc3339 import write_moment

_INDEX = 4096
_NOTHING: Mapping[str, str] = {}
_OPEN_TO_ALL = (
    "A person with this link can open it until it expires; call the tool again for a new link."
)
_NO_LINK = "Vapi sends these bytes itself, to holders of the account's key only: there is no link."


@dataclass(frozen=True, slots=True)
class WantedArtifact:
    """One artifact of one call, and who wants it."""

    tool: Tool
    checked: Checked
    grant: Grant
    caller: Caller

    @property
    def kind(self) -> Kind:
        """What the tool gives."""
        return kind_of(self.tool)

    @property
    def call_id(self) -> str:
        """The call it belongs to."""
        return self.checked.path["id"]

    @property
    def account(self) -> Account:
        """Whose key asks for it."""
        return self.grant.account

    @property
    def request(self) -> UpstreamRequest:
        """The request that asks for it."""
        return build_request(self.tool, self.checked)

    @property
    def is_heard(self) -> bool:
        """Whether it is a recording, which lasts for some time."""
        return self.kind.holds in ("audio", "video")


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """What an answer says of a file, with its link; notes go beside it."""

    about: Mapping[str, Any]
    media_type: str
    size: int | None
    notes: tuple[str, ...]


class ArtifactFiles:
    """Finds files and opens them."""

    def __init__(self, upstream: Upstream, links: MediaLinks | None = None) -> None:
        self._upstream = upstream
        self._links = links

    async def describe(self, wanted: WantedArtifact) -> DescribedFile:
        """Return the link to a file, with its type, size, length and end.

        Raises:
            UpstreamRejected: The call has no such artifact, or Vapi refused.
            UpstreamFailed: Vapi answered 5xx, or not in time.
            ArtifactUnavailable: Its storage did not give it.
        """
        found = await self._upstream.locate(wanted.request, wanted.account)
        if isinstance(found, UpstreamResponse):
            found = _sent_directly(wanted, found)
        media_type = media_type_of(wanted.kind, found.content_type, found.head)
        about: dict[str, Any] = {
            **self._link(wanted, found, media_type),
            "content_type": media_type,
            "size_bytes": found.size,
        }
        notes = [_OPEN_TO_ALL if about["url"] else _NO_LINK]
        if wanted.is_heard:
            about["duration_seconds"], lasted = await gather(
                self._duration(wanted, found),
                call_seconds(self._upstream, wanted.call_id, wanted.account),
            )
            if told := shortness_note(about["duration_seconds"], lasted):
                notes.append(told)
        return DescribedFile(about, media_type, found.size, tuple(notes))

    @asynccontextmanager
    async def opened(
        self, wanted: WantedArtifact, headers: Mapping[str, str] = _NOTHING
    ) -> AsyncGenerator[OpenArtifact]:
        """Hold a file open; raises as `describe` does."""
        async with self._upstream.opened(wanted.request, wanted.account, headers) as found:
            if isinstance(found, UpstreamResponse):
                raise refused(wanted, found)
            yield found

    def _link(
        self, wanted: WantedArtifact, found: ArtifactLink, media_type: str
    ) -> dict[str, str | None]:
        url, ends = found.url or None, found.expires_at
        if self._links and wanted.caller.origin:
            url, ends = self._links.issue(
                wanted.grant,
                wanted.caller.origin,
                tool_name=wanted.tool.name,
                call_id=wanted.call_id,
                media_type=media_type,
            )
        return {"url": url, "expires_at": write_moment(ends, in_utc=False) if ends else None}

    async def _duration(self, wanted: WantedArtifact, found: ArtifactLink) -> float | None:
        offset = index_offset(found.head)
        if offset is None or not found.size or offset >= found.size:
            places = sampled_places(found.head, found.size) if found.url else ()
            parts = await gather(*(self._part(wanted, place, SAMPLE) for place in places))
            return duration_of(found.head, found.size, parts)
        index = await self._part(wanted, offset, _INDEX)
        return index_duration(index) if index else None

    async def _part(self, wanted: WantedArtifact, offset: int, size: int) -> bytes:
        """Return bytes from within a file, none where they cannot be had."""
        part = {"range": f"bytes={offset}-{offset + size - 1}"}
        try:
            async with self.opened(wanted, part) as found:
                is_part = found.status == HTTPStatus.PARTIAL_CONTENT
                return await bytes_of(found.chunks, size) or b"" if is_part else b""
        except ToolError:
            return b""  # the link is good without it


async def bytes_of(chunks: AsyncIterator[bytes], most: int) -> bytes | None:
    """Return all bytes, or None where there are more than `most`."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > most:
            return None
    return bytes(content)


def refused(wanted: WantedArtifact, answer: UpstreamResponse) -> ToolError:
    """Return the error for an artifact that Vapi does not give."""
    error = failure(wanted.tool, answer, wanted.account)
    if answer.status != HTTPStatus.NOT_FOUND:
        return error
    owner = wanted.tool.spec.owner
    hint = (
        f"This call has no {wanted.kind.segment}: it is not recorded, not over yet, or not "
        f"kept. {owner.name if owner else 'Vapi'} shows its status and what its artifact holds."
    )
    return error.with_extra({**error.extra, "hint": hint})


def _sent_directly(wanted: WantedArtifact, answer: UpstreamResponse) -> ArtifactLink:
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise refused(wanted, answer)
    size = whole_number(answer.headers.get("content-length"))
    return ArtifactLink("", answer.content_type, size, None)

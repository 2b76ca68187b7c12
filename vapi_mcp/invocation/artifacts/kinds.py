"""What the seven artifacts of a call are, and what their bytes say they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vapi_mcp.invocation.artifacts.mp4 import is_movie, is_quicktime
from vapi_mcp.invocation.artifacts.mpeg import is_aac, is_layer_2, is_mpeg_audio
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.toolspec import Holds

UNKNOWN_TYPE = "application/octet-stream"

_CAPTURE = "application/vnd.tcpdump.pcap"
_NEW_CAPTURE = "application/x-pcapng"
_CAPTURES = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
_NEW_CAPTURES = b"\x0a\x0d\x0d\x0a"
# How a text of UTF-16 begins, in either order; a lenient reader takes one for audio.
_TEXT_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Types a browser plays or saves. Anything else storage may claim (a page, a script) is bytes.
_PLAYABLE = re.compile(r"(audio|video)/[a-z0-9][a-z0-9.+-]{0,60}")
_SUFFIXES: Mapping[str, str] = {
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/webm": ".webm",
    _CAPTURE: ".pcap",
    _NEW_CAPTURE: ".pcapng",
    "application/gzip": ".gz",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the artifacts: the last part of its path at Vapi, and what it holds."""

    segment: str
    holds: Holds | None

    @property
    def name(self) -> str:
        """Its name among recordings (`mono`), else the segment."""
        return self.segment.removesuffix("-recording")

    def file_name(self, call_id: str, media_type: str, head: bytes = b"") -> str:
        """Return a name for a file of it; no character of it means anything to a shell.

        head: how the bytes begin, as MP2 and MP3 have one type and two suffixes.
        """
        plain = re.sub(r"[^A-Za-z0-9-]", "_", call_id)
        suffix = _SUFFIXES.get(media_type, ".bin")
        if media_type == "audio/mpeg" and is_layer_2(head):
            suffix = ".mp2"
        inner = ".jsonl" if self.holds == "log" else ""
        return f"{plain}-{self.name}{inner}{suffix}"


def kind_of(tool: Tool) -> Kind:
    """Return what an artifact tool gives."""
    return Kind(tool.operation.path.rpartition("/")[2], tool.spec.output.holds)


def media_type_of(kind: Kind, claimed: str | None, head: bytes) -> str:
    """Return a type that is safe to serve: what the bytes are, else what storage claims, if sound.

    claimed: a Content-Type as it came. head: how the bytes begin.
    """
    if found := _recognised(kind, head):
        return found
    if head[:2] in _TEXT_MARKS:
        return UNKNOWN_TYPE
    plain = (claimed or "").partition(";")[0].strip().lower()
    if kind.holds in ("audio", "video") and _PLAYABLE.fullmatch(plain):
        return plain
    return plain if plain in (_CAPTURE, _NEW_CAPTURE, "application/gzip") else UNKNOWN_TYPE


def _recognised(kind: Kind, head: bytes) -> str | None:
    family = "video" if kind.holds == "video" else "audio"
    is_wave = head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"
    tests = {
        "audio/wav": is_wave,
        "video/quicktime": is_quicktime(head),
        f"{family}/mp4": is_movie(head),
        "audio/ogg": head[:4] == b"OggS",
        f"{family}/webm": head[:4] == b"\x1a\x45\xdf\xa3",
        _CAPTURE: head[:4] in _CAPTURES,
        _NEW_CAPTURE: head[:4] == _NEW_CAPTURES,
        "application/gzip": head[:2] == b"\x1f\x8b",
        "audio/aac": is_aac(head) and kind.holds == "audio",
        "audio/mpeg": is_mpeg_audio(head) and kind.holds == "audio",
    }
    return next((media_type for media_type, is_so in tests.items() if is_so), None)

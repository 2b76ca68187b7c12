"""The video of a simulated call."""

from __future__ import annotations

import colorsys
import struct
from typing import Any

from vapi_mcp.sandbox.media import h264
from vapi_mcp.sandbox.media.timing import Turn, duration_of, turns_of

_LONGEST_SECONDS = 60
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_BOT: h264.Color = (170, 90, 150)
_USER: h264.Color = (150, 160, 80)


def video(call: dict[str, Any]) -> bytes:
    """Return a call as a small MP4 (H.264 baseline): one frame a second, at most sixty.

    The background changes its colour slowly; a bar on the left stands for the customer, one on the
    right for the assistant, while they speak.
    """
    turns = turns_of(call)
    seconds = max(1, min(_LONGEST_SECONDS, round(duration_of(call))))
    frames = [_frame(second, turns) for second in range(seconds)]
    head = _box("ftyp", b"isom", _u32(0x200), b"isomiso2avc1mp41")
    # The offset of the frames depends on the size of the index before them, not on its content.
    offset = len(head) + len(_movie(frames, 0)) + 8
    return head + _movie(frames, offset) + _box("mdat", *frames)


def _frame(second: int, turns: list[Turn]) -> bytes:
    speaking = {turn.speaker for turn in turns if turn.start < second + 1 and turn.end > second}
    background = _background(second)
    colors: list[h264.Color] = []
    for _ in range(h264.ROWS):
        for column in range(h264.COLUMNS):
            if column == 1 and "user" in speaking:
                colors.append(_USER)
            elif column == h264.COLUMNS - 2 and "bot" in speaking:
                colors.append(_BOT)
            else:
                colors.append(background)
    unit = h264.picture(colors, second)
    return _u32(len(unit)) + unit


def _background(second: int) -> h264.Color:
    red, green, blue = colorsys.hsv_to_rgb(second / 40 % 1, 0.45, 0.55)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 126 * (blue - luma)),
        round(128 + 157 * (red - luma)),
    )


def _movie(frames: list[bytes], offset: int) -> bytes:
    seconds = len(frames)
    header = struct.pack(">IIIIIIH", 0, 0, 0, 1000, seconds * 1000, 0x10000, 0x100)
    return _box(
        "moov",
        _box("mvhd", header, bytes(10), _MATRIX, bytes(24), _u32(2)),
        _box("trak", _track_header(seconds), _box("mdia", *_media(frames, offset))),
    )


def _track_header(seconds: int) -> bytes:
    shown = struct.pack(">IIIII", 3, 0, 0, 1, 0) + _u32(seconds * 1000)
    return _box("tkhd", shown, bytes(16), _MATRIX, _u32(h264.WIDTH << 16), _u32(h264.HEIGHT << 16))


def _media(frames: list[bytes], offset: int) -> list[bytes]:
    undetermined = 0x55C4
    header = struct.pack(">IIIIIHH", 0, 0, 0, 1, len(frames), undetermined, 0)
    return [
        _box("mdhd", header),
        _box("hdlr", bytes(8), b"vide", bytes(12), b"VideoHandler\0"),
        _box(
            "minf",
            _box("vmhd", _u32(1), bytes(8)),
            _box("dinf", _box("dref", _u32(0), _u32(1), _box("url ", _u32(1)))),
            _sample_table(frames, offset),
        ),
    ]


def _sample_table(frames: list[bytes], offset: int) -> bytes:
    count = len(frames)
    sizes = struct.pack(f">{count}I", *map(len, frames))
    return _box(
        "stbl",
        _box("stsd", _u32(0), _u32(1), _sample_entry()),
        _box("stts", struct.pack(">4I", 0, 1, count, 1)),
        _box("stsc", struct.pack(">5I", 0, 1, 1, count, 1)),
        _box("stsz", struct.pack(">3I", 0, 0, count), sizes),
        _box("stco", struct.pack(">3I", 0, 1, offset)),
    )


def _sample_entry() -> bytes:
    sequence, picture = h264.sequence_parameters(), h264.picture_parameters()
    configuration = _box(
        "avcC",
        b"\x01" + sequence[1:4] + b"\xff\xe1",
        struct.pack(">H", len(sequence)) + sequence,
        b"\x01" + struct.pack(">H", len(picture)) + picture,
    )
    size = struct.pack(">HH", h264.WIDTH, h264.HEIGHT)
    resolution = struct.pack(">II", 0x480000, 0x480000)
    return _box(
        "avc1",
        bytes(6) + b"\0\x01" + bytes(16) + size + resolution,
        _u32(0) + b"\0\x01" + bytes(32) + b"\0\x18\xff\xff",
        configuration,
    )


def _box(name: str, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + name.encode() + content


def _u32(value: int) -> bytes:
    return struct.pack(">I", value)

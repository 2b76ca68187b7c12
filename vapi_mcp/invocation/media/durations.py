"""How long a recording is, read from how its file begins."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_LONGEST = 7 * 24 * 3600.0
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)

# MPEG 1 and 2, layer III: kbit/s by index, samples a second by index, and samples a frame.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLING = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_LAYER_3 = 1
_MPEG_1 = 3
_SYNC = 0x7FF


def duration_of(head: bytes, size: int | None) -> float | None:
    """Return the seconds of a WAV, MP3 or MP4 file, or None where its head does not tell.

    head: its first bytes. size: of all of it, where it is known.
    """
    try:
        if head[:4] in (b"RIFF", b"RF64"):
            found = _wave(head, size)
        elif head[4:8] == b"ftyp":
            found = _movie(head)
        else:
            found = _mpeg(head, size)
    except (struct.error, ZeroDivisionError, IndexError):
        return None
    return round(found, 3) if found is not None and 0 < found < _LONGEST else None


def index_offset(head: bytes) -> int | None:
    """Return where an MP4's index stands when it comes after the frames, beyond this head."""
    if head[4:8] != b"ftyp":
        return None
    end = 0
    for name, start, stop in _boxes(head, 0, len(head)):
        if name == b"moov" and start < len(head):
            return None
        end = stop
    return end if end >= len(head) else None


def index_duration(part: bytes) -> float | None:
    """Return the seconds of an MP4 from bytes that begin with its index."""
    try:
        found = _movie(part)
    except (struct.error, ZeroDivisionError):
        return None
    return round(found, 3) if found is not None and 0 < found < _LONGEST else None


def _wave(head: bytes, size: int | None) -> float | None:
    rate, place, long_data = 0, 12, 0
    while True:
        name, length = struct.unpack_from("<4sI", head, place)
        place += 8
        if name == b"ds64":
            long_data = struct.unpack_from("<Q", head, place + 8)[0]
        elif name == b"fmt ":
            rate = struct.unpack_from("<I", head, place + 8)[0]
        elif name == b"data":
            break
        place += length + length % 2
    if length in _UNKNOWN_SIZES:  # written while it was recorded, or over 4 GB
        length = long_data or ((size or place) - place)
    return length / rate


def _movie(head: bytes) -> float | None:
    for name, start, stop in _boxes(head, 0, len(head)):
        if name != b"moov":
            continue
        for inner, begin, _ in _boxes(head, start, min(stop, len(head))):
            if inner == b"mvhd":
                form = ">IQ" if head[begin] == 1 else ">II"
                scale, length = struct.unpack_from(form, head, begin + (20 if head[begin] else 12))
                return length / scale
    return None


def _boxes(head: bytes, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start of the content and end of each box that begins before `end`."""
    while place + 8 <= end:
        length, name = struct.unpack_from(">I4s", head, place)
        start = place + 8
        if length == 1:
            length, start = struct.unpack_from(">Q", head, start)[0], start + 8
        stop = place + length
        if stop < start:  # it lasts to the end of the file, or is broken
            return
        yield name, start, stop
        place = stop


def _mpeg(head: bytes, size: int | None) -> float | None:
    start = 0
    if head[:3] == b"ID3":
        sizes = head[6:10]
        start = 10 + sum(byte << shift for byte, shift in zip(sizes, (21, 14, 7, 0), strict=True))
    word = struct.unpack_from(">I", head, start)[0]
    version, layer = word >> 19 & 3, word >> 17 & 3
    if word >> 21 != _SYNC or layer != _LAYER_3 or version not in _SAMPLING:
        return None
    rates = _RATES_1 if version == _MPEG_1 else _RATES_2
    bits, samples = rates[word >> 12 & 15] * 1000, _SAMPLING[version][word >> 10 & 3]
    frames = _counted_frames(head, start)
    if frames:
        return frames * (1152 if version == _MPEG_1 else 576) / samples
    return (size - start) * 8 / bits if size else None


def _counted_frames(head: bytes, start: int) -> int | None:
    """Return how many frames an encoder noted in the first one, where the rate varies."""
    first = head[start : start + 200]
    for mark in (b"Xing", b"Info"):
        place = first.find(mark)
        if place > 0 and struct.unpack_from(">I", first, place + 4)[0] & 1:
            return struct.unpack_from(">I", first, place + 8)[0]
    place = first.find(b"VBRI")
    return struct.unpack_from(">I", first, place + 14)[0] if place > 0 else None

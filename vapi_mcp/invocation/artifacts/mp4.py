"""MP4 and QuickTime files: how long they are, and where their index stands."""

from __future__ import annotations

import struct
from collections.abc import Iterator

# How a file of the family begins; the older form has no box that names its kind.
_FIRST = (b"ftyp", b"moov", b"mdat", b"wide")
_UNKNOWN = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_MOST_BOXES = 1000


def is_movie(head: bytes) -> bool:
    """Return whether bytes begin an MP4 or a QuickTime file."""
    return head[4:8] in _FIRST


def is_quicktime(head: bytes) -> bool:
    """Return whether they begin a QuickTime file rather than an MP4."""
    return is_movie(head) and (head[4:8] != b"ftyp" or head[8:12] == b"qt  ")


def index_offset(head: bytes) -> int | None:
    """Return where an MP4's index stands when it comes after the frames, beyond this head."""
    if not is_movie(head):
        return None
    end = 0
    for name, start, stop in _boxes(head, 0, len(head)):
        if name == b"moov" and start < len(head):
            return None
        end = stop
    return end if end >= len(head) else None


def movie_duration(head: bytes) -> float | None:
    """Return the seconds that an index notes.

    A movie in fragments has them in another place, or nowhere: its index is of no frames.
    """
    for name, start, stop in _boxes(head, 0, len(head)):
        if name == b"moov":
            return _of_index(head, start, min(stop, len(head)))
    return None


def _of_index(head: bytes, start: int, stop: int) -> float | None:
    scale = length = 0
    for name, begin, end in _boxes(head, start, stop):
        if name == b"mvhd":
            form = ">IQ" if head[begin] == 1 else ">II"
            scale, length = struct.unpack_from(form, head, begin + (20 if head[begin] else 12))
        elif name == b"mvex":
            length = _of_fragments(head, begin, min(end, stop))
            break
    return length / scale if length not in _UNKNOWN else None


def _of_fragments(head: bytes, start: int, stop: int) -> int:
    for name, begin, _ in _boxes(head, start, stop):
        if name == b"mehd":
            return struct.unpack_from(">Q" if head[begin] == 1 else ">I", head, begin + 4)[0]
    return 0


def _boxes(head: bytes, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start of the content and end of each box that begins before `end`."""
    for _ in range(_MOST_BOXES):
        if place + 8 > end:
            return
        length, name = struct.unpack_from(">I4s", head, place)
        start = place + 8
        if length == 1:
            length, start = struct.unpack_from(">Q", head, start)[0], start + 8
        stop = place + length
        if stop < start:  # it lasts to the end of the file, or is broken
            return
        yield name, start, stop
        place = stop

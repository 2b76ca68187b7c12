"""How long a recording is, read from how its file begins."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from vapi_mcp.invocation.artifacts.mp4 import is_movie, movie_duration
from vapi_mcp.invocation.artifacts.mpeg import mpeg_duration, places_to_sample
from vapi_mcp.invocation.artifacts.wav import wave_duration

_LONGEST = 7 * 24 * 3600.0


# Of each sample, so that two frames of any rate are whole in it.
SAMPLE = 4096


def duration_of(head: bytes, size: int | None, samples: Sequence[bytes] = ()) -> float | None:
    """Return the seconds of a WAV, MP3, MP2, MP4 or QuickTime file; None where it does not tell.

    head: its first bytes. size: of all of it, where it is known. samples: bytes from the places
    that `sampled_places` names.
    """
    if head[:4] in (b"RIFF", b"RF64"):
        return _seconds(lambda: wave_duration(head, size))
    if is_movie(head):
        return _seconds(lambda: movie_duration(head))
    return _seconds(lambda: mpeg_duration(head, size, samples))


def sampled_places(head: bytes, size: int | None) -> tuple[int, ...]:
    """Return where the bytes stand that tell, besides the first ones, how long a file is."""
    is_other = not size or head[:4] in (b"RIFF", b"RF64") or is_movie(head)
    try:
        return () if is_other else places_to_sample(head, size or 0)
    except struct.error:
        return ()


def index_duration(part: bytes) -> float | None:
    """Return the seconds of an MP4 from bytes that begin with its index."""
    return _seconds(lambda: movie_duration(part))


def _seconds(read: Callable[[], float | None]) -> float | None:
    try:
        found = read()
    except (struct.error, ZeroDivisionError, IndexError):
        return None
    return round(found, 3) if found is not None and 0 < found < _LONGEST else None

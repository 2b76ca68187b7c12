"""WAV files: how long they are, even where a program could not note it in the end."""

from __future__ import annotations

import struct
from dataclasses import dataclass

# Through a pipe, a writer cannot know the length of the samples: sox 14.4.2 notes 0x7ffff000,
# GStreamer 0x7fff0000, ffmpeg 0xffffffff. A whole file of such a length would be two gigabytes.
_UNBOUNDED = 0x7FFF0000
_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_A_LAW, _MU_LAW = 0x0006, 0x0007
_EVEN = (_PCM, _FLOAT, _EXTENSIBLE, _A_LAW, _MU_LAW)
_MS_ADPCM, _IMA_ADPCM = 0x0002, 0x0011
_COUNTED_IN_BLOCKS = (_MS_ADPCM, _IMA_ADPCM)
_MP3 = 0x0055


@dataclass(slots=True)
class _Format:
    tag: int = 0
    hertz: int = 0
    bytes_a_second: int = 0
    block: int = 0
    samples_a_block: int = 0


def wave_duration(head: bytes, size: int | None) -> float | None:
    """Return the seconds of a WAV; None where nothing bounds its samples or its form is unknown."""
    form, fact, long_data, place = _Format(), 0, 0, 12
    while True:
        name, length = struct.unpack_from("<4sI", head, place)
        place += 8
        if name == b"ds64":
            long_data = struct.unpack_from("<Q", head, place + 8)[0]
        elif name == b"fmt ":
            form = _format(head, place, length)
        elif name == b"fact":
            fact = struct.unpack_from("<I", head, place)[0]
        elif name == b"data":
            break
        place += length + length % 2
    held = _held(long_data or length, None if size is None else size - place)
    return None if held is None else _seconds(form, fact, held)


def _format(head: bytes, place: int, length: int) -> _Format:
    tag, _, hertz, rate, block = struct.unpack_from("<HHIIH", head, place)
    has_samples = tag in _COUNTED_IN_BLOCKS and length >= 20  # noqa: PLR2004 - where they stand
    samples = struct.unpack_from("<H", head, place + 18)[0] if has_samples else 0
    return _Format(tag, hertz, rate, block, samples)


def _held(noted: int, there: int | None) -> int | None:
    """Return how many bytes of samples there are; None where that is not known."""
    is_bounded = 0 < noted < _UNBOUNDED or noted > 0xFFFFFFFF  # noqa: PLR2004 - from a ds64 chunk
    if there is None:
        return noted if is_bounded else None
    return min(noted, there) if noted else there


def _seconds(form: _Format, fact: int, held: int) -> float | None:
    if form.tag in _EVEN:
        return held / form.bytes_a_second
    # A count noted at the end is exact; one noted before it is as unbounded as the length.
    most = _most_samples(form, held)
    samples = fact if 0 < fact < (_UNBOUNDED if most is None else most + 1) else most
    return samples / form.hertz if samples else None


def _most_samples(form: _Format, held: int) -> float | None:
    """Return how many samples fit into so many bytes; None where their rate varies."""
    if form.tag == _MP3:
        return None
    if form.tag in _COUNTED_IN_BLOCKS:
        return held / form.block * form.samples_a_block
    return held / form.bytes_a_second * form.hertz

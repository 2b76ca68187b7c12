"""The outline of a recording: how loud it is from moment to moment, for a player to draw."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import AsyncIterator
from dataclasses import dataclass

MOST_PEAKS = 400
LOUDEST = 100

_LONGEST_HEAD = 65_536
_MOST_CHANNELS = 2
_PCM, _EXTENSIBLE = 0x0001, 0xFFFE
# Where a format chunk of the extensible kind says what its samples are.
_KIND_PLACE = 24
# So many frames of a second are read; the outline of speech shows with these.
_FRAMES_A_SECOND = 4000
_FIRST_SPAN = 40
# As long as this is a length that was not known when the head was written.
_UNBOUNDED = 0x7FFF0000


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the samples of a WAV begin, and how they lie there."""

    start: int
    size: int
    hertz: int
    channels: int
    bits: int

    @property
    def frame(self) -> int:
        return self.channels * self.bits // 8

    @property
    def stride(self) -> int:
        """Every how many frames one is read."""
        return max(1, self.hertz // _FRAMES_A_SECOND)


async def peaks_of(chunks: AsyncIterator[bytes], most: int = MOST_PEAKS) -> list[int]:
    """Return the loudness of equal spans of a WAV, from 0 to 100, in order.

    There are at most `most` of them, and at least half as many unless the file is very short.
    Of two channels the louder one counts. A file that is no PCM of 8 or 16 bits in one or two
    channels gives an empty list, as soon as its head is read.
    """
    layout, rest = await _opened(chunks)
    if layout is None:
        return []
    outline, left = _Outline(layout, most), layout.size
    rest, left = outline.take(rest[:left]), left - len(rest)
    async for chunk in chunks:
        if left <= 0:
            break
        rest, left = outline.take(rest + chunk[:left]), left - len(chunk)
    return outline.peaks()


class _Outline:
    """Loudness by span. When there are too many spans, two become one, so it never grows."""

    def __init__(self, layout: _Layout, most: int) -> None:
        self._layout = layout
        self._most = max(2, most)
        self._span = _FIRST_SPAN
        self._spans = array("i")
        self._loudest = 0
        self._seen = 0

    def take(self, part: bytes) -> bytes:
        """Read all whole steps of a part, and return the bytes that are left over."""
        step = self._layout.frame * self._layout.stride
        whole = len(part) - len(part) % step
        channels = [_levels(part[:whole], self._layout, each) for each in range(self._channels)]
        frames = min(map(len, channels))
        place = 0
        while place < frames:
            until = min(frames, place + self._span - self._seen)
            self._note(max(_peak(levels[place:until]) for levels in channels))
            self._seen += until - place
            place = until
            if self._seen == self._span:
                self._close()
        return part[whole:]

    def peaks(self) -> list[int]:
        """Return what was heard so far."""
        if self._seen:
            self._close()
        full = 1 << (self._layout.bits - 1)
        return [min(LOUDEST, round(each * LOUDEST / full)) for each in self._spans]

    @property
    def _channels(self) -> int:
        return self._layout.channels

    def _note(self, level: int) -> None:
        self._loudest = max(self._loudest, level)

    def _close(self) -> None:
        self._spans.append(self._loudest)
        self._loudest = self._seen = 0
        if len(self._spans) > self._most:
            odd = self._spans.pop() if len(self._spans) % 2 else None
            pairs = zip(self._spans[::2], self._spans[1::2], strict=True)
            self._spans = array("i", map(max, pairs))
            if odd is not None:
                self._loudest, self._seen = odd, self._span
            self._span *= 2


def _levels(part: bytes, layout: _Layout, channel: int) -> array[int]:
    """Return the samples of one channel that are read, around zero or, of 8 bits, around 128."""
    samples = array("B" if layout.bits == 8 else "h", part)  # noqa: PLR2004 - the width of a byte
    return samples[channel :: layout.channels * layout.stride]


def _peak(levels: array[int]) -> int:
    middle = 128 if levels.typecode == "B" else 0
    return max(max(levels) - middle, middle - min(levels))


async def _opened(chunks: AsyncIterator[bytes]) -> tuple[_Layout | None, bytes]:
    """Return the layout of a file and the first of its samples; None where it is not read."""
    head = b""
    async for chunk in chunks:
        head += chunk
        try:
            layout = _layout(head)
        except struct.error:  # the head goes on in the next chunk
            if len(head) > _LONGEST_HEAD:
                break
            continue
        return layout, head[layout.start :] if layout else b""
    return None, b""


def _layout(head: bytes) -> _Layout | None:
    kind, place, form = struct.unpack_from("<4s4x4s", head), 12, None
    if kind != (b"RIFF", b"WAVE"):
        return None
    while True:
        name, length = struct.unpack_from("<4sI", head, place)
        place += 8
        if name == b"data":
            break
        if name == b"fmt ":
            form = _form(head, place)
        place += length + length % 2
    if form is None:
        return None
    is_known = 0 < length < _UNBOUNDED
    return _Layout(place, length if is_known else sys.maxsize, *form)


def _form(head: bytes, place: int) -> tuple[int, int, int] | None:
    """Return the rate, channels and bits of PCM that is read; None of anything else."""
    tag, channels, hertz, _, frame, bits = struct.unpack_from("<HHIIHH", head, place)
    if tag == _EXTENSIBLE:
        tag = struct.unpack_from("<H", head, place + _KIND_PLACE)[0]
    is_read = tag == _PCM and 1 <= channels <= _MOST_CHANNELS and bits in (8, 16)
    return (hertz, channels, bits) if is_read and frame == channels * bits // 8 else None

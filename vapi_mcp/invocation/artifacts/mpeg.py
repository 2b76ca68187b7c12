"""MPEG audio: MP3, MP2 and AAC in ADTS, by the headers of their frames."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SYNC = 0x7FF
_MPEG_1 = 3
_LAYER_2, LAYER_3 = 2, 1
# kbit/s by index; 0 is what an encoder chose freely.
_RATES_1_3 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_1_2 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLING = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_TAGS_BEHIND = (b"TAG", b"APE", b"LYR")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame's header says; bits a second are 0 where an encoder chose its own rate."""

    layer: int
    bits: int
    sampling: int
    samples: int
    size: int


def is_mpeg_audio(head: bytes) -> bool:
    """Return whether bytes begin an MP3 or MP2, perhaps behind a tag."""
    start = start_of(head)
    if start + 4 > len(head):
        return head[:3] == b"ID3"
    return any(True for _ in frames(head, start)) and not is_aac(head)


def is_layer_2(head: bytes) -> bool:
    """Return whether bytes begin an MP2."""
    first = next(frames(head, start_of(head)), None)
    return first is not None and first.layer == _LAYER_2


def is_aac(head: bytes) -> bool:
    """Return whether bytes begin AAC in ADTS, which an MPEG reader takes for a layer of its own."""
    start = start_of(head)
    begin = head[start : start + 2]
    return len(begin) == 2 and begin[0] == 0xFF and begin[1] & 0xF6 == 0xF0  # noqa: PLR2004 - the sync word of a frame


def start_of(head: bytes) -> int:
    """Return where the first frame is: behind an ID3 tag, if there is one."""
    if head[:3] != b"ID3" or len(head) < 10:  # noqa: PLR2004 - its header
        return 0
    return 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def frames(head: bytes, start: int) -> Iterator[Frame]:
    """Yield the frames that begin in a head; none where one is followed by something else."""
    found: list[Frame] = []
    place = start
    while place + 4 <= len(head) and head[place : place + 3] not in _TAGS_BEHIND:
        frame = _frame(struct.unpack_from(">I", head, place)[0])
        if frame is None:
            return
        found.append(frame)
        if frame.size == 0:
            break
        place += frame.size
    yield from found


def places_to_sample(head: bytes, size: int) -> tuple[int, ...]:
    """Return where to look for frames of other rates: a rate that varies may begin evenly.

    No place where the frames are counted, or all are in the head.
    """
    start = start_of(head)
    if size <= len(head) or _counted_frames(head, start) or not any(frames(head, start)):
        return ()
    return tuple(start + (size - start) * part // 4 for part in (2, 3))


def mpeg_duration(head: bytes, size: int | None, samples: Sequence[bytes] = ()) -> float | None:
    """Return the seconds of an MP3 or MP2: by its count of frames, else by its one rate.

    samples: bytes from `places_to_sample`; without them one rate is only believed of a whole file.
    """
    start = start_of(head)
    first = _frame(struct.unpack_from(">I", head, start)[0])
    if first is None:
        return None
    if counted := _counted_frames(head, start):
        return counted * first.samples / first.sampling
    if not size or len(places_to_sample(head, size)) != len(samples):
        return None
    looked_at = [list(frames(head, start)), *map(_frames_within, samples)]
    rates = {(frame.bits, frame.sampling) for found in looked_at for frame in found}
    if len(rates) != 1 or not first.bits or not all(looked_at):
        return None
    return (size - start) * 8 / first.bits


def _frames_within(part: bytes) -> list[Frame]:
    """Return the frames in bytes from the middle of a file; one alone may be chance."""
    for place in range(len(part) - 3):
        found = list(frames(part, place)) if part[place] == 0xFF else []  # noqa: PLR2004 - a sync
        if len(found) > 1:
            return found
    return []


def _frame(word: int) -> Frame | None:
    version, layer = word >> 19 & 3, word >> 17 & 3
    rate, sampling = word >> 12 & 15, word >> 10 & 3
    is_known = version in _SAMPLING and layer in (_LAYER_2, LAYER_3)
    if word >> 21 != _SYNC or not is_known or rate == 15 or sampling == 3:  # noqa: PLR2004 - no rate
        return None
    by_layer = _RATES_1_3 if layer == LAYER_3 else _RATES_1_2
    bits = (by_layer if version == _MPEG_1 else _RATES_2)[rate] * 1000
    samples = 576 if layer == LAYER_3 and version != _MPEG_1 else 1152
    hertz = _SAMPLING[version][sampling]
    size = samples // 8 * bits // hertz + (word >> 9 & 1) if bits else 0
    return Frame(layer, bits, hertz, samples, size)


def _counted_frames(head: bytes, start: int) -> int | None:
    """Return how many frames an encoder noted in the first one, where the rate varies."""
    first = head[start : start + 200]
    for mark in (b"Xing", b"Info"):
        place = first.find(mark)
        if place > 0 and struct.unpack_from(">I", first, place + 4)[0] & 1:
            return struct.unpack_from(">I", first, place + 8)[0]
    place = first.find(b"VBRI")
    return struct.unpack_from(">I", first, place + 14)[0] if place > 0 else None

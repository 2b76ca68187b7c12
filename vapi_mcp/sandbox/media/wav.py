"""The recordings of a simulated call."""

from __future__ import annotations

import math
import struct
from array import array
from functools import cache
from typing import Any, Literal

from vapi_mcp.sandbox.media.timing import Speaker, Turn, duration_of, turns_of

Track = Literal["mono", "stereo", "assistant", "customer"]

_RATE = 8000
_LONGEST_SECONDS = 600
# One motif lasts a fifth of a second, like a syllable; a turn repeats motifs of its speaker.
_MOTIF_FRAMES = 1600
_AMPLITUDE = 9000
# Pentatonic steps sound well in any order: the assistant speaks high, the customer low.
_STEPS = (1.0, 9 / 8, 5 / 4, 3 / 2, 5 / 3)
_BASES: dict[Speaker, float] = {"bot": 392.0, "user": 196.0}
_HEARD: dict[Track, tuple[Speaker, ...]] = {
    "mono": ("bot", "user"),
    "stereo": ("bot", "user"),
    "assistant": ("bot",),
    "customer": ("user",),
}


def recording(call: dict[str, Any], track: Track) -> bytes:
    """Return one track of a call as 8 kHz 16-bit PCM WAV.

    Each turn is a tone pattern of its speaker at the turn's time, silence between. `stereo` has
    the customer on the left and the assistant on the right. It ends with the call, after ten
    minutes at most.
    """
    frames = int(min(duration_of(call), _LONGEST_SECONDS) * _RATE)
    channels = 2 if track == "stereo" else 1
    samples = bytearray(frames * channels * 2)
    for position, turn in enumerate(turns_of(call)):
        if turn.speaker in _HEARD[track]:
            _lay(samples, turn, position, channels)
    return _header(len(samples), channels) + bytes(samples)


def _lay(samples: bytearray, turn: Turn, position: int, channels: int) -> None:
    """Write a turn's motifs into the samples, as far as these reach."""
    width = channels * 2
    start = int(turn.start * _RATE) * width
    length = min(int((turn.end - turn.start) * _RATE) * width, len(samples) - start)
    if length <= 0:
        return
    motifs = [_motif(turn.speaker, (position + step) % len(_STEPS), channels) for step in (0, 2, 1)]
    phrase = b"".join(motifs)
    repeated = phrase * (length // len(phrase) + 1)
    samples[start : start + length] = repeated[:length]


@cache
def _motif(speaker: Speaker, step: int, channels: int) -> bytes:
    """Return one syllable of a speaker, interleaved with silence in stereo."""
    pitch = _BASES[speaker] * _STEPS[step]
    tone = [_sample(pitch, frame) for frame in range(_MOTIF_FRAMES)]
    if channels == 1:
        return _little_endian(array("h", tone))
    sides = array("h", bytes(_MOTIF_FRAMES * 4))
    sides[0 if speaker == "user" else 1 :: 2] = array("h", tone)
    return _little_endian(sides)


def _sample(pitch: float, frame: int) -> int:
    angle = 2 * math.pi * pitch * frame / _RATE
    swell = math.sin(math.pi * frame / _MOTIF_FRAMES) ** 0.7
    return round(_AMPLITUDE * swell * (0.8 * math.sin(angle) + 0.2 * math.sin(2 * angle)))


def _little_endian(samples: array[int]) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


def _header(size: int, channels: int) -> bytes:
    block = channels * 2
    form = struct.pack("<HHIIHH", 1, channels, _RATE, _RATE * block, block, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", len(form))
        + form
        + b"data"
        + struct.pack("<I", size)
    )

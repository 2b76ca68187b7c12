"""The outline of a recording."""

from __future__ import annotations

import io
import math
import struct
import tracemalloc
import wave
from array import array
from collections.abc import AsyncIterator

import pytest

from vapi_mcp.invocation.artifacts.peaks import peaks_of
from vapi_mcp.sandbox.media.wav import recording

_MEASURED_CALL = {
    "startedAt": "2026-11-01T10:00:00Z",
    "endedAt": "2026-11-01T10:00:30Z",
    "messages": [
        {"role": "bot", "message": "Hello there", "secondsFromStart": 2, "duration": 3000},
        {"role": "user", "message": "Good morning", "secondsFromStart": 20, "duration": 4000},
    ],
}


def wav(samples: bytes, *, channels: int = 1, bits: int = 16, hertz: int = 8000) -> bytes:
    """Return a WAV of these samples."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(hertz)
        file.writeframes(samples)
    return out.getvalue()


async def chunked(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """Give content in chunks."""
    for place in range(0, len(content), size):
        yield content[place : place + size]


def tone(*levels: int, each: int = 800) -> bytes:
    """Return 16-bit samples that swing as far as each level, one after the other."""
    return array("h", [sign * at for at in levels for sign in (1, -1) * (each // 2)]).tobytes()


async def test_a_short_file_gives_one_peak_for_each_hundredth_of_a_second() -> None:
    content = wav(tone(0, 16384, 32767, each=160))

    assert await peaks_of(chunked(content)) == [0, 0, 50, 50, 100, 100]


@pytest.mark.parametrize("most", [99, 100])
async def test_a_long_file_gives_at_most_the_wanted_number_and_at_least_half(most: int) -> None:
    content = wav(tone(*range(0, 30000, 100), each=800))

    peaks = await peaks_of(chunked(content), most)

    assert most // 2 <= len(peaks) <= most
    assert peaks == sorted(peaks)
    assert (peaks[0], peaks[-1]) == (1, 91)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 44, 45, 999, 100_000])
async def test_the_size_of_the_chunks_changes_nothing(size: int) -> None:
    content = wav(tone(100, 9000, 200, 31000, 0, each=404), channels=2)

    assert await peaks_of(chunked(content, size)) == await peaks_of(chunked(content))


async def test_the_louder_channel_of_a_stereo_file_counts() -> None:
    left, right = [16384] * 80 + [0] * 80, [0] * 80 + [-32768] * 80
    samples = array("h", [each for pair in zip(left, right, strict=True) for each in pair])

    assert await peaks_of(chunked(wav(samples.tobytes(), channels=2))) == [50, 100]


async def test_eight_bits_lie_around_their_middle() -> None:
    samples = bytes([128] * 80 + [192, 192, 64, 64] * 20 + [255, 255, 0, 0] * 20)

    assert await peaks_of(chunked(wav(samples, bits=8))) == [0, 50, 100]


async def test_a_fine_recording_is_read_as_often_as_one_of_a_phone() -> None:
    samples = tone(*[8192] * 48, each=1000)

    peaks = await peaks_of(chunked(wav(samples, hertz=48000)))

    assert peaks == [25] * 100


async def test_an_extensible_header_of_pcm_is_read_and_one_of_floats_is_not() -> None:
    assert await peaks_of(chunked(_extensible(1))) == [50]
    assert await peaks_of(chunked(_extensible(3))) == []


async def test_chunks_of_the_file_before_its_samples_are_passed_over() -> None:
    plain = wav(tone(16384, each=80))
    noted = plain[:12] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + plain[12:]

    assert await peaks_of(chunked(noted, 5)) == [50]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ID3\x04" + bytes(5000),
        b"RIFF",
        b"RIFF\0\0\0\0AVI " + bytes(100),
        b"RIFF\0\0\0\0WAVEdata\x10\0\0\0" + bytes(16),
        wav(b"")[:30],
        b"RIFF\0\0\0\0WAVELIST\xff\xff\xff\x7f" + bytes(200_000),
        wav(bytes(3000), bits=24),
        wav(bytes(3000), channels=3),
    ],
    ids=["empty", "mp3", "cut", "avi", "no format", "no samples", "endless head", "24 bits", "3"],
)
async def test_what_is_not_read_gives_no_peaks(content: bytes) -> None:
    assert await peaks_of(chunked(content)) == []


async def test_what_is_no_wav_is_left_after_its_first_chunk() -> None:
    chunks = chunked(b"ID3\x04" + bytes(50_000))

    assert await peaks_of(chunks) == []
    assert await anext(chunks) is not None


async def test_half_a_frame_at_the_end_is_left_out() -> None:
    assert await peaks_of(chunked(wav(tone(16384, each=80)) + b"\x01")) == [50]


async def test_turns_of_a_call_stand_out_at_their_time() -> None:
    peaks = await peaks_of(chunked(recording(_MEASURED_CALL, "mono")))

    seconds = [at * 30 / len(peaks) for at, level in enumerate(peaks) if level]
    assert seconds
    assert all(1.9 <= at <= 5.1 or 19.9 <= at <= 24.1 for at in seconds)


async def test_what_follows_the_samples_is_no_sound() -> None:
    content = wav(tone(8192, each=80)) + b"LIST" + struct.pack("<I", 500) + b"\x7f" * 500

    assert await peaks_of(chunked(content, 50)) == [25]


@pytest.mark.parametrize("noted", [0, 0x7FFFF000, 0xFFFFFFFF])
async def test_a_length_that_was_not_known_bounds_nothing(noted: int) -> None:
    content = wav(tone(8192, each=160))
    streamed = content[:40] + struct.pack("<I", noted) + content[44:]

    assert await peaks_of(chunked(streamed)) == [25, 25]


async def test_a_long_recording_takes_little_memory() -> None:
    second = array("h", [int(9000 * math.sin(at / 9)) for at in range(8000)]).tobytes()
    head = wav(b"")

    async def minutes() -> AsyncIterator[bytes]:
        yield head
        for _ in range(300):
            yield second

    tracemalloc.start()
    try:
        peaks = await peaks_of(minutes())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert set(peaks) == {27}
    assert most < 500_000


def _extensible(kind: int) -> bytes:
    form = struct.pack("<HHIIHHHHIH14x", 0xFFFE, 1, 8000, 16000, 2, 16, 22, 16, 4, kind)
    samples = tone(16384, each=80)
    held = b"fmt " + struct.pack("<I", len(form)) + form
    return b"RIFF\0\0\0\0WAVE" + held + b"data" + struct.pack("<I", len(samples)) + samples

"""How long recordings are and of what kind, as the tools that are in use write them."""

from __future__ import annotations

import io
import struct
import wave

import pytest

from tests.support.invocation import REGISTRY
from vapi_mcp.invocation.artifacts.durations import (
    SAMPLE,
    duration_of,
    index_duration,
    sampled_places,
)
from vapi_mcp.invocation.artifacts.kinds import kind_of, media_type_of
from vapi_mcp.invocation.artifacts.mp4 import index_offset
from vapi_mcp.sandbox.media import video

MONO = kind_of(REGISTRY.find("list_all_vapi_mono_recordings"))
VIDEO = kind_of(REGISTRY.find("list_all_vapi_video_recordings"))
PACKETS = kind_of(REGISTRY.find("list_all_vapi_pcaps"))
HEAD = 4096


def sound(seconds: float = 2.5) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((2, 2, 8000, 0, "NONE", ""))
        written.writeframes(bytes(int(seconds * 8000) * 4))
    return file.getvalue()


def with_length(noted: int, content: bytes) -> bytes:
    """Return a WAV whose data chunk, which comes last, notes another length."""
    return content[:40] + struct.pack("<I", noted) + content[44:]


def told(content: bytes) -> float | None:
    return duration_of(content[:HEAD], len(content))


def test_a_wave_says_how_long_it_is_whatever_stands_before_its_samples() -> None:
    plain = sound()
    listed = plain[:12] + b"LIST" + struct.pack("<I", 5) + b"INFOx\0" + plain[12:]
    assert [told(plain), told(listed)] == [2.5, 2.5]


@pytest.mark.parametrize("noted", [0, 0x7FFFF000, 0x7FFF0000, 0xFFFFFFFF, 80_001, 0x7FFFFFFF])
def test_a_wave_written_through_a_pipe_is_as_long_as_its_file(noted: int) -> None:
    """sox 14.4.2 notes 0x7ffff000, GStreamer 1.22 0x7fff0000, ffmpeg 5.1 0xffffffff."""
    assert told(with_length(noted, sound())) == 2.5


@pytest.mark.parametrize("noted", [0, 0x7FFFF000, 0x7FFF0000, 0xFFFFFFFF])
def test_a_wave_without_any_bound_has_no_duration(noted: int) -> None:
    assert duration_of(with_length(noted, sound())[:HEAD], None) is None


def test_a_wave_with_chunks_behind_its_samples_ends_with_these() -> None:
    assert told(sound() + b"LIST" + struct.pack("<I", 400) + bytes(400)) == 2.5
    assert duration_of(sound()[:HEAD], None) == 2.5


def adpcm(tag: int, fact: int | None, blocks: int, *, noted: int | None = None) -> bytes:
    """IMA and Microsoft's ADPCM as ffmpeg and sox write it: 8 kHz, mono, blocks of 256 bytes."""
    samples = 505 if tag == 0x11 else 500
    # The rate a second that writers note is rounded, or that of the samples before packing.
    form = struct.pack("<HHIIHHHH", tag, 1, 8000, 4096, 256, 4, 2, samples)
    data = bytes(256 * blocks)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    if fact is not None:
        chunks += b"fact" + struct.pack("<II", 4, fact)
    chunks += b"data" + struct.pack("<I", len(data) if noted is None else noted) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (adpcm(0x11, None, 100), 6.312),
        (adpcm(0x11, 50_000, 100), 6.25),
        (adpcm(0x11, 0, 100), 6.312),
        (adpcm(0x11, 0x7FFFF000, 100, noted=0x7FFFF000), 6.312),
        (adpcm(0x11, 4_000_000, 100), 6.312),
        (adpcm(0x02, None, 100), 6.25),
        (adpcm(0x02, 49_000, 100), 6.125),
    ],
)
def test_adpcm_is_as_long_as_its_blocks_and_its_count_of_samples_say(
    content: bytes, expected: float
) -> None:
    assert told(content) == expected


def mpeg(
    *rates: int, version: int = 3, layer: int = 1, tag: bytes = b"", mark: bytes = b""
) -> bytes:
    """Return frames at 44.1 or 22.05 kHz, of rates by index."""
    made = bytearray(tag)
    table = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128] if layer == 1 else [0, 32, 48, 56, 64, 80, 96]
    table = table if version == 3 else [0, 8, 16, 24, 32, 40, 48, 56, 64, 80]
    samples = 1152 if version == 3 or layer == 2 else 576
    hertz = 44_100 if version == 3 else 22_050
    for index in rates:
        word = 0x7FF << 21 | version << 19 | layer << 17 | 1 << 16 | index << 12
        size = samples // 8 * table[index] * 1000 // hertz
        made += (struct.pack(">I", word) + bytes(32) + mark).ljust(size, b"\0")
    return bytes(made)


ID3 = b"ID3\x04\0\0" + bytes([0, 0, 1, 0]) + bytes(128)


MANY = [9] * 400
COUNTED = b"Xing" + struct.pack(">II", 1, 1000)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (mpeg(*MANY), 10.425),
        (mpeg(*MANY, tag=ID3), 10.425),
        (mpeg(*MANY) + b"TAG" + bytes(125), 10.433),
        (mpeg(9, 5, mark=COUNTED), 26.122),
        (mpeg(*[8] * 900, version=2), 23.4),
        (mpeg(*[6] * 900, layer=2), 23.475),
        (mpeg(9, 9), 0.052),
        # Frames of several rates and no count of them, as lame 3.100 writes with -t.
        (mpeg(*[9, 5] * 200), None),
        # The same after silence or before it: the first 4 kB agree with each other.
        (mpeg(*[1] * 200, *[9, 8, 9, 7] * 100), None),
        (mpeg(*[9] * 300, *[1] * 1200), None),
        (mpeg(*[1] * 300) + bytes(60_000), None),
        (mpeg(9) + bytes(20_000), None),
    ],
)
def test_an_mp3_is_as_long_as_its_count_of_frames_or_their_one_rate_says(
    content: bytes, expected: float | None
) -> None:
    places = sampled_places(content[:HEAD], len(content))
    samples = [content[place : place + SAMPLE] for place in places]
    assert duration_of(content[:HEAD], len(content), samples) == expected


def test_one_rate_is_not_believed_of_bytes_that_were_not_seen() -> None:
    even, counted = mpeg(*MANY), mpeg(9, 5, mark=COUNTED)
    assert duration_of(even[:HEAD], len(even)) is None
    assert duration_of(even[:HEAD], len(even), [b"", b""]) is None
    assert duration_of(even[:HEAD], None) is None
    assert duration_of(counted, 10**6) == 26.122


def test_an_mp4_says_how_long_it_is_wherever_its_index_stands() -> None:
    film = video()
    assert told(film) == 8.0
    index, after = film[film.index(b"moov") - 4 :], bytes(50_000)
    split = index[: struct.unpack(">I", index[:4])[0]]
    kind = film[: struct.unpack(">I", film[:4])[0]]
    later = kind + struct.pack(">I", 8 + len(after)) + b"mdat" + after + split
    offset = index_offset(later[:HEAD])
    assert offset is not None
    assert offset == len(kind) + 8 + len(after)
    assert told(later) is None
    assert index_duration(later[offset : offset + HEAD]) == 8.0


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def movie(length: int, *inner: bytes, brand: bytes = b"iso5") -> bytes:
    about = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, length) + bytes(80))
    return box(b"ftyp", brand + bytes(4)) + box(b"moov", about + b"".join(inner))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (movie(2500), 2.5),
        (movie(0), None),
        (movie(0xFFFFFFFF), None),
        # In fragments, as ffmpeg writes with -movflags frag_keyframe: the index holds none of them.
        (movie(40, box(b"mvex", box(b"trex", bytes(24)))), None),
        (movie(0, box(b"mvex", box(b"mehd", bytes(4) + struct.pack(">I", 7500)))), 7.5),
        (movie(40, box(b"mvex", box(b"mehd", b"\1\0\0\0" + struct.pack(">Q", 7500)))), 7.5),
        (movie(0, box(b"mvex", box(b"mehd", bytes(8)))), None),
        (movie(2500, brand=b"qt  "), 2.5),
    ],
)
def test_a_movie_in_fragments_is_as_long_as_it_notes_or_unknown(
    content: bytes, expected: float | None
) -> None:
    assert told(content) == expected


@pytest.mark.parametrize(
    "head",
    [b"", b"RIFF", b"\xff\xfb", b"....ftyp", b"x" * 4096, sound()[:30], b"ID3" + b"\xff" * 9],
)
def test_what_does_not_tell_has_no_duration(head: bytes) -> None:
    assert duration_of(head, 1000) is None


ADTS = bytes.fromhex("fff15c8012bffc") + bytes(142)


@pytest.mark.parametrize(
    ("claimed", "head", "expected"),
    [
        ("binary/octet-stream", sound()[:64], "audio/wav"),
        ("audio/x-wav", b"?", "audio/x-wav"),
        ("Audio/MPEG; charset=x", b"?", "audio/mpeg"),
        ("text/html", b"<html>", "application/octet-stream"),
        ("audio/mpeg\r\nX: y", b"?", "application/octet-stream"),
        (None, b"ID3", "audio/mpeg"),
        (None, mpeg(9, 9), "audio/mpeg"),
        (None, mpeg(6, 6, layer=2), "audio/mpeg"),
        ("audio/mpeg", ADTS, "audio/aac"),
        ("audio/mpeg", ID3 + ADTS, "audio/aac"),
        ("audio/mpeg", "a text".encode("utf-16-le").join([b"\xff\xfe", b""]), "text"),
        ("audio/mpeg", b"\xfe\xff" + "a text".encode("utf-16-be"), "text"),
        (None, movie(1, brand=b"M4A "), "audio/mp4"),
        (None, movie(1, brand=b"qt  "), "video/quicktime"),
        (None, b"", "application/octet-stream"),
    ],
)
def test_a_type_is_what_the_bytes_are_or_a_sound_claim(
    claimed: str | None, head: bytes, expected: str
) -> None:
    wanted = "application/octet-stream" if expected == "text" else expected
    assert media_type_of(MONO, claimed, head) == wanted


def test_films_and_captures_are_told_apart_by_how_they_begin() -> None:
    assert media_type_of(VIDEO, None, movie(1)) == "video/mp4"
    assert media_type_of(VIDEO, "video/mp4", movie(1, brand=b"qt  ")) == "video/quicktime"
    assert media_type_of(VIDEO, None, box(b"wide", b"") + box(b"mdat", b"")) == "video/quicktime"
    new = bytes.fromhex("0a0d0d0a1c0000004d3c2b1a")
    assert media_type_of(PACKETS, "application/vnd.tcpdump.pcap", new) == "application/x-pcapng"
    assert media_type_of(PACKETS, None, bytes.fromhex("d4c3b2a1")) == "application/vnd.tcpdump.pcap"


@pytest.mark.parametrize(
    ("media_type", "head", "name"),
    [
        ("audio/mpeg", mpeg(9, 9), "c-mono.mp3"),
        ("audio/mpeg", mpeg(6, 6, layer=2), "c-mono.mp2"),
        ("audio/mpeg", b"", "c-mono.mp3"),
        ("audio/aac", ADTS, "c-mono.aac"),
        ("video/quicktime", b"", "c-mono.mov"),
        ("application/x-pcapng", b"", "c-mono.pcapng"),
    ],
)
def test_a_file_has_the_suffix_of_what_it_is(media_type: str, head: bytes, name: str) -> None:
    assert MONO.file_name("c", media_type, head) == name

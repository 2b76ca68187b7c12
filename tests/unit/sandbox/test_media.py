from __future__ import annotations

import gzip
import io
import struct
import wave
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
import pytest

from vapi_mcp.sandbox.media import call_log, capture, recording, video
from vapi_mcp.sandbox.seed import seed_world
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

NOW = datetime(2026, 11, 20, 13, 24, 5, 123456, tzinfo=UTC)
CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "dinf"}


@cache
def world() -> StateSnapshot:
    return seed_world(7, NOW)


def calls_with(link: str) -> list[dict[str, Any]]:
    calls = world().resources["call"].values()
    return [call for call in calls if link in call.get("artifact", {})]


def length_of(call: dict[str, Any]) -> float:
    ended, started = (datetime.fromisoformat(call[name]) for name in ("endedAt", "startedAt"))
    return (ended - started).total_seconds()


def ordinary_call() -> dict[str, Any]:
    return next(call for call in calls_with("recordingUrl") if 45 < length_of(call) < 300)


def longest_call() -> dict[str, Any]:
    return max(calls_with("recordingUrl"), key=length_of)


def read_wav(content: bytes) -> tuple[tuple[int, int, int, int], bytes]:
    with wave.open(io.BytesIO(content)) as sound:
        form = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
        return (*form, sound.getnframes()), sound.readframes(sound.getnframes())


def read_boxes(content: bytes, start: int, end: int, path: str = "") -> dict[str, tuple[int, int]]:
    """Return path -> (start, end) of a box's content."""
    boxes: dict[str, tuple[int, int]] = {}
    while start < end:
        size = int.from_bytes(content[start : start + 4], "big")
        name = content[start + 4 : start + 8].decode()
        boxes[path + name] = (start + 8, start + size)
        if name in CONTAINERS:
            boxes |= read_boxes(content, start + 8, start + size, f"{path}{name}/")
        start += size
    assert start == end
    return boxes


def read_frames(content: bytes) -> list[tuple[float, bytes]]:
    """Return time and bytes of every frame in a pcap file."""
    assert content[:4] == bytes.fromhex("d4c3b2a1")
    frames: list[tuple[float, bytes]] = []
    position = 24
    while position < len(content):
        seconds, micros, kept, size = struct.unpack_from("<IIII", content, position)
        assert kept == size
        frames.append((seconds + micros / 1e6, content[position + 16 : position + 16 + kept]))
        position += 16 + kept
    return frames


def folded(data: bytes) -> int:
    """Return the ones' complement sum of RFC 1071; 0xffff where a checksum is right."""
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def udp_payload(frame: bytes) -> bytes:
    """Return a frame's payload after checking lengths and both checksums."""
    packet = frame[14:]
    assert frame[12:14] == b"\x08\x00"
    assert int.from_bytes(packet[2:4], "big") == len(packet)
    assert folded(packet[:20]) == 0xFFFF
    segment = packet[20:]
    assert folded(packet[12:20] + struct.pack(">HH", 17, len(segment)) + segment) == 0xFFFF
    return segment[8:]


def log_lines(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in gzip.decompress(call_log(call)).splitlines()]


@pytest.mark.parametrize(
    ("track", "channels"), [("mono", 1), ("assistant", 1), ("customer", 1), ("stereo", 2)]
)
def test_recording_is_a_playable_wav_as_long_as_the_call(track: Any, channels: int) -> None:
    call = ordinary_call()
    form, _ = read_wav(recording(call, track))
    assert form[:3] == (channels, 2, 8000)
    assert form[3] / 8000 == pytest.approx(length_of(call), abs=0.1)


def test_stereo_has_the_customer_left_and_the_assistant_right() -> None:
    call = ordinary_call()
    _, stereo = read_wav(recording(call, "stereo"))
    samples = struct.unpack(f"<{len(stereo) // 2}h", stereo)
    for message in call["messages"]:
        if message["role"] in {"bot", "user"}:
            middle = message["secondsFromStart"] + message["duration"] / 2000
            frame = int(middle * 8000)
            left, right = (
                max(abs(value) for value in samples[2 * frame + side : 2 * frame + 1600 : 2])
                for side in (0, 1)
            )
            assert (left > 1000) == (message["role"] == "user")
            assert (right > 1000) == (message["role"] == "bot")


def test_single_sides_add_up_to_the_mono_recording() -> None:
    call = ordinary_call()
    sounds = [read_wav(recording(call, track))[1] for track in ("assistant", "customer", "mono")]
    assistant, customer, mono = (struct.unpack(f"<{len(sound) // 2}h", sound) for sound in sounds)
    assert any(assistant)
    assert any(customer)
    assert mono == tuple(map(sum, zip(assistant, customer, strict=True)))


def test_recording_of_an_hour_is_cut_at_ten_minutes() -> None:
    call = longest_call()
    assert length_of(call) > 3000
    form, _ = read_wav(recording(call, "stereo"))
    assert form[3] == 600 * 8000


def test_recording_of_a_call_without_messages_is_silence() -> None:
    call = {
        "id": "x",
        "createdAt": "2026-11-01T10:00:00.000Z",
        "startedAt": "2026-11-01T10:00:00.000Z",
        "endedAt": "2026-11-01T10:00:03.000Z",
    }
    form, samples = read_wav(recording(call, "mono"))
    assert form[3] == 3 * 8000
    assert set(samples) == {0}


def test_video_is_a_small_mp4_of_eight_seconds_whose_index_comes_first() -> None:
    content = video()
    boxes = read_boxes(content, 0, len(content))
    assert [name for name in boxes if "/" not in name] == ["ftyp", "moov", "free", "mdat"]
    scale, length = struct.unpack_from(">II", content, boxes["moov/mvhd"][0] + 12)
    assert length / scale == 8
    start, end = boxes["moov/trak/mdia/minf/stbl/stsd"]
    assert b"avc1" in content[start:end]
    assert b"avcC\x01\x42" in content[start:end]
    assert len(content) < 8000


def test_video_index_leads_to_every_picture() -> None:
    content = video()
    boxes = read_boxes(content, 0, len(content))
    table = "moov/trak/mdia/minf/stbl"
    _, _, count = struct.unpack_from(">III", content, boxes[f"{table}/stsz"][0])
    sizes = struct.unpack_from(f">{count}I", content, boxes[f"{table}/stsz"][0] + 12)
    _, chunks, position = struct.unpack_from(">III", content, boxes[f"{table}/stco"][0])
    assert (chunks, position) == (1, boxes["mdat"][0])
    kinds: list[int] = []
    for size in sizes:
        assert int.from_bytes(content[position : position + 4], "big") == size - 4
        kinds.append(content[position + 4] & 0x1F)
        position += size
    assert kinds == [5, *[1] * 31]
    assert position == boxes["mdat"][1]


def test_capture_has_right_checksums_and_ordered_times() -> None:
    frames = read_frames(capture(calls_with("pcapUrl")[0]))
    assert len(frames) > 300
    assert all(udp_payload(frame) for _, frame in frames)
    times = [time for time, _ in frames]
    assert times == sorted(times)


def test_capture_tells_a_whole_sip_dialog_around_the_call() -> None:
    call = calls_with("pcapUrl")[0]
    frames = [(time, udp_payload(frame)) for time, frame in read_frames(capture(call))]
    signals = [(time, data) for time, data in frames if b"SIP/2.0" in data[:200]]
    firsts = [data.split(b"\r\n")[0].split()[0:2] for _, data in signals]
    kinds = [second if first == b"SIP/2.0" else first for first, second in firsts]
    assert kinds == [b"INVITE", b"100", b"180", b"200", b"ACK", b"BYE", b"200"]
    start = datetime.fromisoformat(call["startedAt"]).timestamp()
    assert signals[0][0] < start < signals[5][0]
    assert signals[5][0] - start == pytest.approx(length_of(call), abs=0.01)
    number = call["customer"]["number"].encode()
    assert number in signals[0][1]


def test_capture_carries_seconds_of_pcmu_from_both_sides() -> None:
    frames = [udp_payload(frame) for _, frame in read_frames(capture(calls_with("pcapUrl")[0]))]
    packets = [data for data in frames if data[0] == 0x80]
    sources = {data[8:12] for data in packets}
    assert len(sources) == 2
    for source in sources:
        side = [data for data in packets if data[8:12] == source]
        assert len(side) == 200
        assert {data[1] & 0x7F for data in side} == {0}
        assert {len(data) for data in side} == {172}
        numbers = [int.from_bytes(data[2:4], "big") for data in side]
        assert numbers == list(range(200))


def test_log_lines_are_structured_and_name_the_call() -> None:
    call = ordinary_call()
    lines = log_lines(call)
    assert 40 <= len(lines) <= 500
    for line in lines:
        assert set(line) == {"time", "level", "body", "attributes"}
        assert line["attributes"]["callId"] == call["id"]
        assert line["attributes"]["orgId"] == world().org_id
        assert line["attributes"]["category"]
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    spoken = next(message["message"] for message in call["messages"] if message["role"] == "user")
    assert f"Final: {spoken}" in [line["body"] for line in lines]


def test_log_of_a_failed_call_has_an_error_line() -> None:
    calls = world().resources["call"].values()
    failed = [call for call in calls if "error" in call.get("endedReason", "")]
    assert len(failed) >= 8
    for call in failed:
        assert "ERROR" in {line["level"] for line in log_lines(call)}


def test_log_of_a_missed_call_warns() -> None:
    calls = world().resources["call"].values()
    missed = next(call for call in calls if call.get("endedReason") == "customer-did-not-answer")
    assert {line["level"] for line in log_lines(missed)} == {"INFO", "WARN"}


def test_log_of_a_very_long_call_is_bounded() -> None:
    lines = log_lines(longest_call())
    assert len(lines) == 481
    assert any("left out" in line["body"] for line in lines)


def test_media_are_the_same_bytes_every_time() -> None:
    call = ordinary_call()
    assert recording(call, "stereo") == recording(call, "stereo")
    assert capture(call) == capture(call)
    assert call_log(call) == call_log(call)

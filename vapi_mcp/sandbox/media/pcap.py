"""The packet capture of a simulated call."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from vapi_mcp.sandbox.media.packets import Datagram, Host, write_capture
from vapi_mcp.sandbox.media.sip import Dialog, Party
from vapi_mcp.sandbox.media.timing import Speaker, duration_of, started_at, turns_of

# Addresses of the ranges set aside for documentation.
_VAPI = Host("203.0.113.10", bytes.fromhex("02005e100001"))
_CARRIER = Host("198.51.100.20", bytes.fromhex("02005e100002"))
_SIP_PORT = 5060
_AUDIO_SECONDS = 4
_PACKET_SAMPLES, _PACKETS_PER_SECOND = 160, 50
_PCMU, _SILENCE = 0, b"\xff" * _PACKET_SAMPLES
# Both pitches fit a packet of 20 ms in whole periods, so packets join without clicks.
_PITCHES: dict[Speaker, int] = {"bot": 400, "user": 250}
_CLIP, _BIAS = 32635, 132


def capture(call: dict[str, Any]) -> bytes:
    """Return the packets of a phone call as pcap: its SIP dialog and the first seconds of RTP.

    Audio flows for four seconds each way at most, in PCMU; the clock is that of `startedAt`.
    """
    customer = Party(_user(call), _CARRIER, 40000)
    assistant = Party("assistant", _VAPI, 16384)
    is_outbound = call.get("type") == "outboundPhoneCall"
    caller, callee = (assistant, customer) if is_outbound else (customer, assistant)
    start = _microseconds(call)
    length = duration_of(call)
    dialog = Dialog(f"{call['id']}@{caller.host.address}", caller, callee)
    datagrams = list(_signals(dialog, start, round(length * 1e6)))
    datagrams += _audio(call, assistant, customer, "bot", start)
    datagrams += _audio(call, customer, assistant, "user", start)
    return write_capture(datagrams)


def _microseconds(call: dict[str, Any]) -> int:
    return round(started_at(call).timestamp() * 1000) * 1000


def _user(call: dict[str, Any]) -> str:
    customer = call.get("customer") or {}
    return str(customer.get("number") or "anonymous")


def _signals(dialog: Dialog, start: int, length: int) -> Iterator[Datagram]:
    """Yield the dialog: ringing before `start`, the end `length` microseconds after it."""
    caller, callee = dialog.caller.host, dialog.callee.host

    def signal(time: int, payload: bytes, *, back: bool = False) -> Datagram:
        source, target = (callee, caller) if back else (caller, callee)
        return Datagram(time, source, target, _SIP_PORT, _SIP_PORT, payload)

    yield signal(start - 2_400_000, dialog.invite())
    yield signal(start - 2_361_000, dialog.answer("100 Trying"), back=True)
    yield signal(start - 1_950_000, dialog.answer("180 Ringing"), back=True)
    yield signal(start - 42_000, dialog.answer("200 OK", with_media=True), back=True)
    yield signal(start - 3_000, dialog.acknowledge())
    yield signal(start + length, dialog.hang_up())
    yield signal(start + length + 31_000, dialog.confirm_end(), back=True)


def _audio(
    call: dict[str, Any], sender: Party, receiver: Party, speaker: Speaker, start: int
) -> Iterator[Datagram]:
    turns = [turn for turn in turns_of(call) if turn.speaker == speaker]
    source = zlib.crc32(str(call["id"]).encode()) ^ sender.rtp_port
    seconds = min(_AUDIO_SECONDS, duration_of(call))
    for number in range(int(seconds * _PACKETS_PER_SECOND)):
        at = number / _PACKETS_PER_SECOND
        speaks = any(turn.start <= at < turn.end for turn in turns)
        sound = _tone(_PITCHES[speaker]) if speaks else _SILENCE
        marker = 0x80 if number == 0 else 0
        head = struct.pack(">BBHII", 0x80, marker | _PCMU, number, number * _PACKET_SAMPLES, source)
        yield Datagram(
            start + number * 20_000 + sender.rtp_port % 7,
            sender.host,
            receiver.host,
            sender.rtp_port,
            receiver.rtp_port,
            head + sound,
        )


@cache
def _tone(pitch: int) -> bytes:
    return bytes(
        _mu_law(round(7000 * math.sin(2 * math.pi * pitch * sample / 8000)))
        for sample in range(_PACKET_SAMPLES)
    )


def _mu_law(sample: int) -> int:
    """Compress a 16-bit sample to G.711 mu-law."""
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = 0x80 if sample < 0 else 0
    return ~(sign | exponent << 4 | mantissa) & 0xFF

"""Network packets, and files of them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

_MAGIC, _ETHERNET = 0xA1B2C3D4, 1
_IPV4, _UDP = 0x0800, 17
_HEADER_BYTES = 20


@dataclass(frozen=True, slots=True)
class Host:
    """One end of a captured conversation."""

    address: str
    mac: bytes

    @property
    def packed(self) -> bytes:
        """The address as four bytes."""
        return IPv4Address(self.address).packed


@dataclass(frozen=True, slots=True)
class Datagram:
    """A UDP datagram; `time` is microseconds since the epoch."""

    time: int
    source: Host
    target: Host
    source_port: int
    target_port: int
    payload: bytes


def write_capture(datagrams: list[Datagram]) -> bytes:
    """Return datagrams as a pcap file of Ethernet frames, in order of time."""
    header = struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, 65535, _ETHERNET)
    ordered = sorted(datagrams, key=lambda datagram: datagram.time)
    return header + b"".join(
        _record(number, datagram) for number, datagram in enumerate(ordered, 1)
    )


def checksum(data: bytes) -> int:
    """Return the Internet checksum of bytes (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    # Sixteen-bit ones' complement addition is arithmetic modulo 65535.
    total = int.from_bytes(padded, "big") % 0xFFFF
    return 0xFFFF - total


def _record(number: int, datagram: Datagram) -> bytes:
    frame = _frame(number, datagram)
    seconds, microseconds = divmod(datagram.time, 1_000_000)
    return struct.pack("<IIII", seconds, microseconds, len(frame), len(frame)) + frame


def _frame(number: int, datagram: Datagram) -> bytes:
    source, target = datagram.source, datagram.target
    segment = _segment(datagram)
    length = _HEADER_BYTES + len(segment)
    fields = (0x45, 0, length, number & 0xFFFF, 0x4000, 64, _UDP)
    start, addresses = struct.pack(">BBHHHBB", *fields), source.packed + target.packed
    header = start + struct.pack(">H", checksum(start + addresses)) + addresses
    return target.mac + source.mac + struct.pack(">H", _IPV4) + header + segment


def _segment(datagram: Datagram) -> bytes:
    length = 8 + len(datagram.payload)
    ports = struct.pack(">HHH", datagram.source_port, datagram.target_port, length)
    pseudo = datagram.source.packed + datagram.target.packed + struct.pack(">HH", _UDP, length)
    # Zero would mean "no checksum", so its other spelling stands for it.
    total = checksum(pseudo + ports + b"\0\0" + datagram.payload) or 0xFFFF
    return ports + struct.pack(">H", total) + datagram.payload

"""Pictures in H.264."""

from __future__ import annotations

import re

WIDTH, HEIGHT = 80, 48
_BLOCK = 16
COLUMNS, ROWS = WIDTH // _BLOCK, HEIGHT // _BLOCK

_BASELINE, _LEVEL_3 = 66, 30
_NAL_PARAMETERS, _NAL_PICTURE, _NAL_IDR = 7, 8, 5
_I_SLICE_ONLY, _I_PCM = 7, 25

Color = tuple[int, int, int]
"""Luma and the two chroma values of a flat macroblock, each 1 to 254."""


class _Bits:
    """Bits of a NAL unit's payload, most significant first."""

    def __init__(self) -> None:
        self._value = 0
        self.length = 0

    def put(self, value: int, width: int) -> None:
        self._value = (self._value << width) | value
        self.length += width

    def ue(self, value: int) -> None:
        """Put an unsigned exponential Golomb code."""
        code = value + 1
        self.put(code, 2 * code.bit_length() - 1)

    def align(self) -> None:
        """Fill up with zero bits to a whole byte."""
        self.put(0, -self.length % 8)

    def end(self) -> bytes:
        """Put the stop bit and return the bytes."""
        self.put(1, 1)
        return self.to_bytes()

    def to_bytes(self) -> bytes:
        self.align()
        return self._value.to_bytes(self.length // 8, "big")


def sequence_parameters() -> bytes:
    """Return the sequence parameter set: constrained baseline, every picture an IDR."""
    bits = _Bits()
    bits.put(_BASELINE, 8)
    bits.put(0b1100_0000, 8)
    bits.put(_LEVEL_3, 8)
    bits.ue(0)  # id
    bits.ue(0)  # frame numbers have four bits
    bits.ue(2)  # output order is decoding order
    bits.ue(1)  # reference frames
    bits.put(0, 1)
    bits.ue(COLUMNS - 1)
    bits.ue(ROWS - 1)
    bits.put(1, 1)  # frames, no fields
    bits.put(1, 1)
    bits.put(0, 1)  # no cropping
    bits.put(0, 1)  # no usability information
    return _unit(_NAL_PARAMETERS, bits.end())


def picture_parameters() -> bytes:
    """Return the picture parameter set; slices may switch the deblocking filter off."""
    bits = _Bits()
    bits.ue(0)  # id
    bits.ue(0)  # of sequence 0
    bits.put(0, 1)  # variable length codes
    bits.put(0, 1)
    bits.ue(0)  # one slice group
    bits.ue(0)
    bits.ue(0)
    bits.put(0, 1)
    bits.put(0, 2)
    bits.ue(0)  # three quantiser offsets of zero
    bits.ue(0)
    bits.ue(0)
    bits.put(1, 1)  # deblocking is controlled by the slice
    bits.put(0, 1)
    bits.put(0, 1)
    return _unit(_NAL_PICTURE, bits.end())


def picture(colors: list[Color], number: int) -> bytes:
    """Return one IDR picture of flat, uncompressed macroblocks in raster order."""
    bits = _Bits()
    bits.ue(0)  # first macroblock
    bits.ue(_I_SLICE_ONLY)
    bits.ue(0)  # picture parameters 0
    bits.put(0, 4)  # frame number
    bits.ue(number % 2)  # neighbouring IDR pictures differ in their id
    bits.put(0, 2)
    bits.ue(0)  # quantiser delta
    bits.ue(1)  # no deblocking
    bits.ue(_I_PCM)
    first = bits.to_bytes()
    following = _Bits()
    following.ue(_I_PCM)
    blocks = following.to_bytes().join(
        bytes((luma,)) * 256 + bytes((blue,)) * 64 + bytes((red,)) * 64
        for luma, blue, red in colors
    )
    return _unit(_NAL_IDR, first + blocks + b"\x80")


def _unit(kind: int, payload: bytes) -> bytes:
    """Wrap a payload, so that no start code appears inside it."""
    safe = re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", payload)
    return bytes((0x60 | kind,)) + safe

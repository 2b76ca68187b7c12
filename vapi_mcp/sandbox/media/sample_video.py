"""The video of a simulated call."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def video() -> bytes:
    """Return an MP4 of eight seconds (H.264 baseline, its index first), the same for every call."""
    return (Path(__file__).parent / "sample.mp4").read_bytes()

"""Memory and descriptors of a process over time, and the lines through them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment of a process: seconds since the start, resident bytes, open descriptors."""

    seconds: float
    resident: int
    descriptors: int


def sample(pid: int, seconds: float) -> Sample:
    """Look at a process and its children (workers), which are one server."""
    pids = [pid, *_children(pid)]
    return Sample(seconds, sum(map(_resident, pids)), sum(map(_descriptors, pids)))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the rise per unit of the least-squares line through points; 0 for one."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def settled(samples: Sequence[Sample], share: float = 0.5) -> Sequence[Sample]:
    """Return the samples after the first share of them, in which caches and pools fill."""
    return samples[int(len(samples) * share) :]


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())

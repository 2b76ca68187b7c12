"""The outlines of recordings that were drawn last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

# An account, a call, and the tool that gives the recording.
Recording: TypeAlias = tuple[str, str, str]
_MOST_KEPT = 64


class Outlines:
    """Outlines by recording, some hundred bytes each; a process may lose them."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._most = most
        self._kept = OrderedDict[Recording, tuple[int, ...]]()

    def __len__(self) -> int:
        """Return how many are kept."""
        return len(self._kept)

    def of(self, recording: Recording) -> tuple[int, ...]:
        """Return what is kept of a recording, empty where nothing is."""
        found = self._kept.get(recording, ())
        if found:
            self._kept.move_to_end(recording)
        return found

    def keep(self, recording: Recording, peaks: Sequence[int]) -> None:
        """Keep an outline, and forget the one that was asked for least recently."""
        if peaks:
            self._kept[recording] = tuple(peaks)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

"""The names of objects at Vapi, each kept for a minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeAlias

# An account, the key of an id, and the id.
Named: TypeAlias = tuple[str, str, str]

_MINUTE = 60.0
_MOST_KEPT = 4096


class KnownNames:
    """Names by account, kind and id; None stands for an object without one."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept = OrderedDict[Named, tuple[float, str | None]]()

    def __contains__(self, named: Named) -> bool:
        kept = self._kept.get(named)
        return kept is not None and kept[0] > self._now()

    def __getitem__(self, named: Named) -> str | None:
        kept = self._kept.get(named)
        return kept[1] if kept is not None and kept[0] > self._now() else None

    def keep(self, named: Named, name: str | None) -> None:
        """Keep a name; the one kept longest goes where there are too many."""
        self._kept[named] = (self._now() + _MINUTE, name)
        self._kept.move_to_end(named)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

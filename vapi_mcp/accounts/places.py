"""Places that few hold at a time and others wait for."""

from __future__ import annotations

import asyncio


class Places(asyncio.Semaphore):
    """A semaphore of which a free place can be taken at once, without an `await`."""

    def take(self) -> bool:
        """Take a place, and return whether there was one."""
        if self.locked():
            return False
        self._value -= 1
        return True

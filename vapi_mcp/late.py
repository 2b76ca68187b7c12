"""Parts of a process that are loaded when something first needs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Late(Generic[T]):
    """A part that is made once, when it is first asked for.

    If its making fails, whoever asked gets the error, and the next one has it made again.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._asking, self._making = asyncio.Lock(), Lock()
        self._made: list[T] = []

    @property
    def made(self) -> T | None:
        """The part, if it is there already."""
        return self._made[0] if self._made else None

    def now(self) -> T:
        """Return the part, from any thread."""
        if not self._made:
            with self._making:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]

    async def get(self) -> T:
        """Return the part. A thread makes it: other requests are under way."""
        if not self._made:
            async with self._asking:
                return await asyncio.to_thread(self.now)
        return self._made[0]

    @asynccontextmanager
    async def loading(self, *, after: float = 0.0) -> AsyncGenerator[None]:
        """Make the part meanwhile, so that whoever asks first need not wait for it.

        after: how many seconds to wait first, so that a start has the processor to itself.
        """
        task = asyncio.create_task(self._load_later(after))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _load_later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.get()

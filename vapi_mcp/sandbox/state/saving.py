"""The state file, which survives a restart."""

from __future__ import annotations

import asyncio
import os
from asyncio import sleep
from pathlib import Path

from vapi_mcp.sandbox.state.sandbox import Sandbox

INTERVAL = 1.0


class Saver:
    """Writes the world after changes, at most once a second, and when the sandbox stops."""

    def __init__(self, sandbox: Sandbox, path: Path) -> None:
        self._sandbox = sandbox
        self._path = path
        self._saved = sandbox.changes
        self._pending: asyncio.Task[None] | None = None

    def note(self) -> None:
        """Plan a save if anything has changed since the last one."""
        if self._saved != self._sandbox.changes and self._pending is None:
            self._pending = asyncio.get_running_loop().create_task(self._save_soon())

    def save(self) -> None:
        """Write the world now, whole or not at all."""
        self._saved = self._sandbox.changes
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        draft.write_bytes(self._sandbox.world.dump())
        draft.replace(self._path)

    async def stop(self) -> None:
        """Cancel what is planned and write what is unsaved."""
        if self._pending is not None:
            self._pending.cancel()
        if self._saved != self._sandbox.changes:
            self.save()

    async def _save_soon(self) -> None:
        await sleep(INTERVAL)
        self._pending = None
        self.save()

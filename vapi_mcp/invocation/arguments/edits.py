"""Many changes of one JSON value, with one copy."""

from __future__ import annotations

from typing import Any

from vapi_mcp.json_paths import Path


class Edits:
    """Changes to a value that stays as it is: `value` shares with it what is not changed.

    Each list and object is copied once, however many of its parts change.
    """

    def __init__(self, value: Any) -> None:
        self._root = [value]
        self._copies: dict[int, Any] = {}

    @property
    def value(self) -> Any:
        """The value with the changes that were made so far."""
        return self._root[0]

    def place(self, path: Path, part: Any) -> None:
        """Replace the part at a path."""
        self._around(path)[(0, *path)[-1]] = part

    def remove(self, path: Path) -> None:
        """Take out the property at a path."""
        del self._around(path)[path[-1]]

    def _around(self, path: Path) -> Any:
        around: Any = self._root
        for step in (0, *path)[:-1]:
            part = around[step]
            if id(part) not in self._copies:
                part = part.copy()
                # Kept there, its id stays unique.
                self._copies[id(part)] = part
                around[step] = part
            around = part
        return around

"""The database file, compared with the path it was opened at."""

from __future__ import annotations

from pathlib import Path


class OpenedFile:
    """A database file as it was when it was opened.

    Deleted or replaced, it can still be written, and all of that is lost when it is closed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = self._now()

    def check(self) -> None:
        """Compare the path with the file that is open.

        Raises:
            OSError: Another file is there, or none.
        """
        if self._now() != self._identity:
            raise OSError(
                f"{self._path} was deleted or replaced while it was in use, so nothing can "
                "be saved; put the file back, or restart the service"
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

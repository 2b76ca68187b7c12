"""The headers of a request, read where each one is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class RequestHeaders:
    """Finds headers by lower-case names; of several of one name, the first."""

    __slots__ = ("_raw",)

    def __init__(self, scope: Any) -> None:
        self._raw: Sequence[tuple[bytes, bytes]] = scope["headers"]

    def get(self, name: str, default: str = "") -> str:
        """Return the value of a header."""
        wanted = name.encode()
        for each, value in self._raw:
            if each == wanted:
                return value.decode("latin-1")
        return default

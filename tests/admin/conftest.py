from __future__ import annotations

from tests.store.conftest import place, server

__all__ = ["place", "server"]

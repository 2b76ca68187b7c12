from __future__ import annotations

from tests.unit.store.conftest import place, server

__all__ = ["place", "server"]

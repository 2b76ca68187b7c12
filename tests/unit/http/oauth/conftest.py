from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    """A browser, or a client; it follows no redirect."""
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client

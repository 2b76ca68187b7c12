from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.support.app import composed, registry
from tests.support.upstream import FakeUpstream
from vapi_mcp.store.memory.memory_store import MemoryStore


async def test_what_the_app_was_lent_is_held_from_start_to_end() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lent(name: str) -> AsyncGenerator[None]:
        seen.append(f"{name} taken")
        yield
        seen.append(f"{name} given back")

    few = replace(registry(), tools=dict(list(registry().tools.items())[:1]))
    held = [lent("store"), lent("upstream")]
    app = composed(MemoryStore(), FakeUpstream(), tools=few, held=held)
    async with app.router.lifespan_context(app):
        assert seen == ["store taken", "upstream taken"]
    assert seen[2:] == ["upstream given back", "store given back"]

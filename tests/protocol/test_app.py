from __future__ import annotations

from tests.fakes import FakeUpstream
from tests.protocol.hosting import facts, registry
from vapi_mcp.access.memory import MemoryStore
from vapi_mcp.access.service import AccessService
from vapi_mcp.app import create_app
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.registry.registry import Registry
from vapi_mcp.settings import load_settings


async def test_what_the_app_was_lent_is_given_back_at_the_end() -> None:
    closed: list[str] = []

    async def close() -> None:
        closed.append("upstream")

    app = create_app(
        settings=load_settings(),
        registry=Registry(dict(list(registry().tools.items())[:1])),
        access=AccessService(MemoryStore()),
        invoker=Invoker(FakeUpstream(), facts()),
        on_shutdown=close,
    )
    async with app.router.lifespan_context(app):
        assert closed == []
    assert closed == ["upstream"]

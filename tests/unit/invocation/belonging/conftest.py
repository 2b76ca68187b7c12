"""Two clients in one organisation, and a server that is kept to one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from tests.support.invocation import ACCOUNT, REGISTRY
from tests.support.organisation import Organisation
from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import Confirm, Grant, Server, ServerConfig
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.belonging.upstream import BelongingUpstream
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.store.memory.memory_store import MemoryStore

ACME, GLOBEX = {"client": "acme"}, {"client": "globex"}


def two_clients() -> Organisation:
    """Return an organisation where all of globex's has its name somewhere."""
    return Organisation(
        {
            "/tool": [
                {"id": "t-acme", "type": "function"},
                {"id": "t-globex", "type": "function", "function": {"name": "globex_secret"}},
                {"id": "t-both", "type": "endCall"},
            ],
            "/assistant": [
                {
                    "id": "a-acme",
                    "name": "Acme desk",
                    "metadata": ACME,
                    "model": {"toolIds": ["t-acme", "t-both"]},
                },
                {
                    "id": "a-globex",
                    "name": "globex desk",
                    "metadata": GLOBEX,
                    "model": {"toolIds": ["t-globex", "t-both"]},
                },
            ],
            "/squad": [
                {"id": "s-acme", "name": "Acme", "members": [{"assistantId": "a-acme"}]},
                {"id": "s-globex", "name": "globex", "members": [{"assistantId": "a-globex"}]},
                {
                    "id": "s-mixed",
                    "name": "globex mixed",
                    "members": [{"assistantId": "a-acme"}, {"assistantId": "a-globex"}],
                },
            ],
            "/phone-number": [
                {"id": "p-acme", "name": "Acme line", "assistantId": "a-acme"},
                {"id": "p-globex", "name": "globex line", "assistantId": "a-globex"},
                {"id": "p-free", "name": "globex spare", "assistantId": None},
            ],
            "/call": [
                {"id": "c-acme", "assistantId": "a-acme", "phoneNumberId": "p-acme"},
                {"id": "c-globex", "assistantId": "a-globex", "name": "globex call"},
                {"id": "c-mixed", "assistantId": "a-acme", "phoneNumberId": "p-globex"},
                {"id": "c-inline", "assistant": {"model": {"toolIds": ["t-acme"]}}},
            ],
            "/chat": [
                {"id": "h-acme", "assistantId": "a-acme", "output": []},
                {"id": "h-globex", "assistantId": "a-globex", "output": []},
            ],
            "/file": [{"id": "f-globex", "name": "globex.pdf"}],
        }
    )


@dataclass
class Client:
    """One server, and what it is asked."""

    organisation: Organisation
    only: Only | None
    store: MemoryStore = field(default_factory=MemoryStore)
    server: str = "srv"
    policy: Policy | None = None
    confirm: Confirm = "none"

    @property
    def grant(self) -> Grant:
        config = ServerConfig(
            only=self.only, catalogue="full", policy=self.policy, confirm=self.confirm
        )
        return Grant(ACCOUNT, Server(self.server, "one", ACCOUNT.id, config=config))

    async def outcome(self, name: str, /, **arguments: Any) -> Outcome:
        async def opened() -> MemoryStore:
            return self.store

        upstream = BelongingUpstream(self.organisation, REGISTRY.tools.values(), opened)
        invoker = Invoker(upstream, REGISTRY, WritePipeline(REGISTRY, opened))
        return await invoker.invoke(REGISTRY.tools[name], arguments, self.grant)

    async def ask(self, name: str, /, **arguments: Any) -> Any:
        """Return what a tool answers, as JSON; or its error, as JSON."""
        try:
            outcome = await self.outcome(name, **arguments)
            return orjson.loads(outcome.result.text)
        except ToolError as error:
            return error.as_dict()

    async def ids(self, name: str, /, **arguments: Any) -> list[str]:
        """Return the ids of a list."""
        return [each["id"] for each in (await self.ask(name, **arguments))["result"]]


@pytest.fixture
def acme() -> Client:
    return Client(two_clients(), Only(metadata=(("client", "acme"),)))


@pytest.fixture
def named() -> Client:
    return Client(two_clients(), Only(assistants=("a-acme",)))

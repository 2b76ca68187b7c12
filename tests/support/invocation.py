"""What a tool call needs besides its arguments, where Vapi is one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from tests.support.tokens import count
from tests.support.upstream import ScriptedUpstream
from vapi_mcp.accounts.records import Account, Grant, Server, ServerConfig
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.caller import NOBODY, Caller
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.pipeline import WritePipeline, no_records
from vapi_mcp.registry.registry import Registry, build_registry
from vapi_mcp.registry.tool import Tool
from vapi_mcp.security.credential import Credential
from vapi_mcp.specs.facts.facts import load_facts
from vapi_mcp.specs.tools.loader import load_specs

REGISTRY = build_registry(load_specs().tools, load_facts())
ACCOUNT = Account("acc", "Acme", Credential("sk-secret"), "https://api.vapi.ai")
ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
JSON = {"content-type": "application/json"}


class ResultInvoker:
    """The pipeline of every tool, for tests that want results, or errors raised."""

    def __init__(
        self,
        upstream: Upstream,
        registry: Registry = REGISTRY,
        writes: WritePipeline | None = None,
        links: MediaLinks | None = None,
    ) -> None:
        """Without a pipeline of writes nothing is remembered of them."""
        writes = writes or WritePipeline(registry, no_records)
        self.inner = Invoker(upstream, registry, writes, links)

    async def invoke(
        self, tool: Tool, arguments: Mapping[str, Any], grant: Grant, caller: Caller = NOBODY
    ) -> ToolResult:
        """Return the result of a call; raises its error, with all details."""
        return (await self.inner.invoke(tool, arguments, grant, caller)).result


def granted(**config: Any) -> Grant:
    """Return a grant of a server with this config."""
    return Grant(ACCOUNT, Server("srv", "all", "acc", config=ServerConfig(**config)))


def response(body: Any) -> UpstreamResponse:
    """Return Vapi's answer with an object."""
    return UpstreamResponse(200, JSON, orjson.dumps(body))


async def called(
    answer: Any, name: str, /, config: dict[str, Any] | None = None, **arguments: Any
) -> ToolResult:
    """Return the result of a tool where Vapi answers with this."""
    upstream = ScriptedUpstream(response(answer))
    return await ResultInvoker(upstream).invoke(
        REGISTRY.find(name), arguments, granted(**config or {})
    )


def tokens_of(result: ToolResult) -> int:
    """Return the o200k tokens of a result and its notes."""
    return count(result.text) + (count({"notes": result.notes}) if result.notes else 0)

"""What a server with some config would show, and what could happen through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from vapi_mcp.accounts.only import Only
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.invocation.answers.tokens import estimate_tokens
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

# The estimate was made for answers; of definitions it is that much too high.
_OF_DEFINITIONS = 0.9
_READ_BY_MODELS = ("name", "description", "inputSchema")
# In place of the tools, three that find, describe and call them.
_DISCOVERY_TOKENS = 450

# The risks by name, the gravest first.
RISKS: Mapping[str, str] = {
    "rings": "can ring people",
    "texts": "can send texts",
    "spends": "can cost money",
    "deletes": "can delete",
    "overwrites": "can overwrite",
}


@dataclass(frozen=True, slots=True)
class ServerPreview:
    """The tools of a server, about what listing them costs in tokens, and what they risk.

    shown: how many tools its clients see in their list. risks: the tools by the name of a risk,
    only those that some tool has. only: the objects that the server is kept to.
    """

    tools: tuple[Tool, ...]
    shown: int
    tokens: int
    risks: Mapping[str, tuple[Tool, ...]]
    only: Only | None = None


def preview_of(registry: Registry, config: ServerConfig) -> ServerPreview:
    """Return the preview of a server with a config."""
    tools = registry.in_scope(config.scope)
    found = {name: tuple(each for each in tools if name in risks_of(each)) for name in RISKS}
    is_hidden = config.tool_exposure == "discovery"
    return ServerPreview(
        tools,
        shown=3 if is_hidden else len(tools),
        tokens=_DISCOVERY_TOKENS if is_hidden else sum(map(tokens_of, tools)),
        risks={name: those for name, those in found.items() if those},
        only=config.only,
    )


def risks_of(tool: Tool) -> tuple[str, ...]:
    """Return the names of what could happen through a tool."""
    spec = tool.spec
    told = {
        "rings": spec.dials,
        "texts": spec.recipients == "text",
        "spends": "spending" in spec.tags,
        "deletes": spec.effect == "delete",
        "overwrites": spec.effect == "update",
    }
    return tuple(name for name, holds in told.items() if holds)


def tokens_of(tool: Tool) -> int:
    """Return about how many tokens a model reads of a tool in the list."""
    definition = tool.definition()
    read = {key: definition[key] for key in _READ_BY_MODELS}
    return round(_OF_DEFINITIONS * estimate_tokens(orjson.dumps(read).decode()))

"""What the tools of a server can do, as far as its instructions speak of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.invocation.writes.confirmation import takes_code
from vapi_mcp.registry.tool import Tool

_ACTS: Mapping[str, str] = {
    "POST /call": "place calls",
    "POST /campaign": "start campaigns",
    "POST /chat": "chat",
    "POST /chat/responses": "chat",
    "POST /eval/run": "run evals",
}
_EFFECTS: Mapping[str, str] = {
    "read": "read",
    "create": "create",
    "update": "change",
    "delete": "delete",
}
_ALL = tuple(dict.fromkeys((*_EFFECTS.values(), *_ACTS.values())))


@dataclass(frozen=True, slots=True)
class Offer:
    """What is in scope.

    resources: the kinds of objects, in words. lists: whether a tool answers with cursors.
    takes_code: whether a tool waits for a confirmation that a code can bring. acts: whether a
    tool places calls or sends messages.
    """

    operations: frozenset[str]
    effects: frozenset[str]
    arguments: frozenset[str]
    resources: tuple[str, ...]
    lists: bool
    takes_code: bool
    acts: bool

    @classmethod
    def of(cls, tools: Iterable[Tool], config: ServerConfig) -> Offer:
        """Return what these tools offer on a server of this config."""
        tools = list(tools)
        return cls(
            operations=frozenset(tool.operation.key for tool in tools),
            effects=frozenset(
                tool.spec.effect for tool in tools if tool.operation.key not in _ACTS
            ),
            arguments=frozenset(name for tool in tools for name in tool.arguments),
            resources=tuple(dict.fromkeys(t.spec.resource.replace("_", " ") for t in tools)),
            lists=any(tool.spec.output.kind == "list" for tool in tools),
            takes_code=any(takes_code(tool, config) for tool in tools),
            acts=any(tool.spec.effect == "act" for tool in tools),
        )

    @property
    def can(self) -> tuple[str, ...]:
        """What the server can do, in verbs."""
        verbs = {_EFFECTS[each] for each in self.effects} | set(self.named(_ACTS))
        return tuple(each for each in _ALL if each in verbs)

    @property
    def cannot(self) -> tuple[str, ...]:
        """What no tool in scope does."""
        return tuple(each for each in _ALL if each not in self.can)

    def has(self, *operations: str) -> bool:
        """Return whether one of these operations is in scope."""
        return not self.operations.isdisjoint(operations)

    def does(self, effect: str) -> bool:
        """Return whether a tool has this effect."""
        return effect in self.effects

    def takes(self, argument: str) -> bool:
        """Return whether a tool takes an argument of this name."""
        return argument in self.arguments

    def named(self, names: Mapping[str, str]) -> list[str]:
        """Return the names of what is in scope, each once, by names of operations."""
        return list(dict.fromkeys(name for key, name in names.items() if key in self.operations))

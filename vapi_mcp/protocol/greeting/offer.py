"""What the tools of a server can do, as far as its instructions speak of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vapi_mcp.accounts.consent import takes_code
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import Scope
from vapi_mcp.specs.tools.toolspec import ToolSpec

_EFFECTS = {"read": "read", "create": "create", "update": "change", "delete": "delete"}
# What reaches most directly is named first.
_FIRST = ("call", "campaign", "text")


@dataclass(frozen=True, slots=True)
class Offer:
    """What is in scope.

    can, cannot: what the server does, and what only tools out of scope do, in verbs. costs: what
    costs money, in nouns. resources: the kinds of objects, in words; dialled: those that ring
    people; transcripts: those with a conversation. lists: whether a tool answers with cursors.
    takes_code: whether a tool waits for a confirmation that a code can bring. acts: whether a
    tool places calls or sends messages; calls, dials, texts: whether one places a single call,
    any call, or may send a text.
    """

    can: tuple[str, ...]
    cannot: tuple[str, ...]
    costs: tuple[str, ...]
    resources: tuple[str, ...]
    dialled: tuple[str, ...]
    transcripts: tuple[str, ...]
    effects: frozenset[str]
    arguments: frozenset[str]
    lists: bool
    takes_code: bool
    acts: bool
    calls: bool
    dials: bool
    texts: bool

    @classmethod
    def of(cls, registry: Registry, scope: Scope, config: ServerConfig) -> Offer:
        """Return what the tools of a scope offer on a server of this config."""
        tools = registry.in_scope(scope)
        specs = [tool.spec for tool in tools]
        acting = [spec for spec in specs if spec.effect == "act"]
        can = _verbs(specs)
        known = _verbs([tool.spec for tool in registry.in_scope()])
        return cls(
            can=can,
            cannot=tuple(each for each in known if each not in can),
            costs=_in_order((spec, spec.costs) for spec in specs),
            resources=_resources(specs),
            dialled=_resources(sorted((spec for spec in specs if spec.dials), key=_rank)),
            transcripts=_resources(spec for spec in specs if spec.has_transcript),
            effects=frozenset(spec.effect for spec in specs if spec.verb is None),
            arguments=frozenset(name for tool in tools for name in tool.arguments),
            lists=any(spec.output.kind == "list" for spec in specs),
            takes_code=any(takes_code(tool, config) for tool in tools),
            acts=bool(acting),
            calls=any(spec.recipients == "call" for spec in acting),
            dials=any(spec.dials for spec in acting),
            texts=any(spec.recipients == "text" for spec in acting),
        )

    def does(self, effect: str) -> bool:
        """Return whether a tool has this effect."""
        return effect in self.effects

    def takes(self, argument: str) -> bool:
        """Return whether a tool takes an argument of this name."""
        return argument in self.arguments


def _verbs(specs: Sequence[ToolSpec]) -> tuple[str, ...]:
    """Return what tools do: by their effects, then by words of their own."""
    effects = {spec.effect for spec in specs if spec.verb is None}
    usual = [verb for effect, verb in _EFFECTS.items() if effect in effects]
    return tuple(dict.fromkeys([*usual, *_in_order((spec, spec.verb) for spec in specs)]))


def _in_order(words: Iterable[tuple[ToolSpec, str | None]]) -> tuple[str, ...]:
    """Return the words of tools, each once: those that reach people first, then by alphabet."""
    given = [(_rank(spec), word) for spec, word in words if word is not None]
    return tuple(dict.fromkeys(word for _, word in sorted(given)))


def _rank(spec: ToolSpec) -> int:
    return _FIRST.index(spec.recipients) if spec.recipients in _FIRST else len(_FIRST)


def _resources(specs: Iterable[ToolSpec]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spec.resource.replace("_", " ") for spec in specs))

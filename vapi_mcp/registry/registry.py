"""All tools by name, and those of a scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from vapi_mcp.errors import UnknownTool
from vapi_mcp.registry.scope import EVERYTHING, Scope
from vapi_mcp.registry.search import ToolSearch
from vapi_mcp.registry.tool import Tool, build_tool
from vapi_mcp.specs.facts.facts import Facts
from vapi_mcp.specs.nearness import LONGEST_NAME, near_names
from vapi_mcp.specs.tools.toolspec import ToolSpec


@dataclass(frozen=True, eq=False)
class Registry:
    """All tools by name, in list order. It knows nothing of Vapi; it is given its tools.

    facts: what the schemas of the tools refer to. synonyms: a word of the tools, and what people
    say for it.
    """

    tools: Mapping[str, Tool]
    facts: Facts
    synonyms: Mapping[str, Sequence[str]]

    def index(self, scope: Scope = EVERYTHING) -> ToolSearch:
        """Return what finds tools of a scope's catalogue by words; made when first asked for."""
        return self._full_index if scope.catalogue == "full" else self._core_index

    @cached_property
    def _core_index(self) -> ToolSearch:
        # Of its own: how rare a word is must not depend on tools that most servers do not have.
        return ToolSearch(self.in_scope(), self.synonyms)

    @cached_property
    def _full_index(self) -> ToolSearch:
        return ToolSearch(self.tools.values(), self.synonyms)

    @cached_property
    def ended_reasons(self) -> list[str]:
        """The values of a call's `endedReason`."""
        schema = self.facts.schemas["Call"]["properties"]["endedReason"]
        return list(dict.fromkeys(schema["enum"]))

    def in_scope(self, scope: Scope = EVERYTHING) -> tuple[Tool, ...]:
        """Return the tools a scope exposes, always in the same order."""
        return _select(self, scope)

    def find(
        self, name: str, scope: Scope = EVERYTHING, *, lookup: str = "tools/list has all names"
    ) -> Tool:
        """Return a tool in scope; `lookup` is the advice where no name comes near.

        Raises:
            UnknownTool: There is none of this name in scope; near misses are from the scope.
        """
        tool = self.tools.get(name)
        if tool is not None and tool.spec in scope:
            return tool
        known = [each.name for each in self.in_scope(scope)]
        near = near_names(name, known, most=3, cutoff=0.7)
        advice = f"did you mean {' or '.join(near)}?" if near else lookup
        if moved := self.facts.moved.resource(name[:LONGEST_NAME]):
            serving = [each for each in moved.tools if each in known]
            advice = moved.words + (f": {', '.join(serving)}" if serving else "")
        raise UnknownTool(f"there is no tool named {name[:80]!r} here; {advice}")


def build_registry(
    specs: Iterable[ToolSpec],
    facts: Facts,
    *,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    local_files: bool = False,
) -> Registry:
    """Join every spec with the facts.

    synonyms: what a search for tools understands besides their own words. local_files: whether a
    caller may name a file on this machine.

    Raises:
        SpecError: A spec names what the facts do not have.
    """
    tools = (build_tool(spec, facts, local_files=local_files) for spec in specs)
    return Registry({tool.name: tool for tool in tools}, facts, synonyms or {})


@lru_cache(maxsize=256)
def _select(registry: Registry, scope: Scope) -> tuple[Tool, ...]:
    return tuple(tool for tool in registry.tools.values() if tool.spec in scope)

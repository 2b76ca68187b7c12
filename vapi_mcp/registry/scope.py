"""Which tools a server exposes: Truto's method and tag filters, and names added or taken out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from vapi_mcp.errors import ConfigurationError
from vapi_mcp.specs.tools.toolspec import Catalogue, ToolSpec

_GROUPS: Mapping[str, frozenset[str]] = {
    "read": frozenset({"list", "get"}),
    "write": frozenset({"create", "update", "delete"}),
}
_NAMED = frozenset({"list", "get", "create", "update", "delete"})


@dataclass(frozen=True, slots=True)
class Scope:
    """A filter over tools. An empty filter is no filter.

    methods: `read`, `write`, `custom` or exact methods, in either case; any of them.
    tags: any of them. Both filters apply together.
    tools: names added to what the filters select, and the whole scope where there are none.
    exclude_tools: names that stay out whatever else is said.
    catalogue: `full` takes in the tools of the full catalogue; None is `core`, or that of `within`.
    within: a scope that has to contain a tool as well.
    """

    methods: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    exclude_tools: frozenset[str] = frozenset()
    catalogue: Catalogue | None = None
    within: Scope | None = None

    def __contains__(self, spec: ToolSpec) -> bool:
        if spec.catalogue == "full" and self.catalogue != "full":
            return False
        if spec.name in self.exclude_tools or (self.within and spec not in self.within):
            return False
        if spec.name in self.tools:
            return True
        if self.tools and not self.methods and not self.tags:
            return False
        return self._allows_method(spec.method) and self._allows_tags(spec.tags)

    def narrowed(self, by: Scope) -> Scope:
        """Return what both scopes contain; nothing that this one leaves out comes back."""
        if by is EVERYTHING or by == EVERYTHING:
            return self
        within = self if by.within is None else self.narrowed(by.within)
        return replace(by, within=within, catalogue=by.catalogue or self.catalogue)

    def _allows_method(self, method: str) -> bool:
        if not self.methods:
            return True
        custom = "custom" in self.methods and method not in _NAMED
        return custom or any(method in _GROUPS.get(m, (m,)) for m in self.methods)

    def _allows_tags(self, tags: Iterable[str]) -> bool:
        return not self.tags or not self.tags.isdisjoint(tags)


# What a server without any filter exposes: the whole core catalogue.
EVERYTHING = Scope()
FULL = Scope(catalogue="full")


def scope_of(
    *,
    methods: Iterable[str] = (),
    tags: Iterable[str] = (),
    tools: Iterable[str] = (),
    exclude_tools: Iterable[str] = (),
    catalogue: Catalogue | None = None,
) -> Scope:
    """Return a scope from words as people write them: any case for methods, blanks ignored."""
    return Scope(
        methods=frozenset(word.lower() for word in _words(methods)),
        tags=frozenset(_words(tags)),
        tools=frozenset(_words(tools)),
        exclude_tools=frozenset(_words(exclude_tools)),
        catalogue=catalogue,
    )


def check_scope(scope: Scope, specs: Iterable[ToolSpec]) -> None:
    """Refuse a scope that exposes nothing or names what does not exist.

    Raises:
        ConfigurationError: It says which part matched nothing.
    """
    every = list(specs)
    specs = [spec for spec in every if spec in Scope(catalogue=scope.catalogue)]
    for label, given in (("tools", scope.tools), ("exclude_tools", scope.exclude_tools)):
        if unknown := sorted(given - {spec.name for spec in specs}):
            raise ConfigurationError(f"{label}: {unknown_tools(unknown, every)}")
    if any(spec in scope for spec in specs):
        return
    for label, part in (
        ("methods", Scope(methods=scope.methods, catalogue=scope.catalogue)),
        ("tags", Scope(tags=scope.tags, catalogue=scope.catalogue)),
    ):
        if not any(spec in part for spec in specs):
            given = ", ".join(sorted(getattr(part, label)))
            raise ConfigurationError(f"{label}: no tool matches {given}")
    raise ConfigurationError("no tool matches this combination of methods, tags and tools")


def unknown_tools(names: Iterable[str], every: Iterable[ToolSpec]) -> str:
    """Return why a scope has no tools of these names: nothing has, or its catalogue has not."""
    missing, known = list(names), {spec.name for spec in every}
    if absent := [name for name in missing if name not in known]:
        return f"there is no tool named {', '.join(absent)}"
    words = "are tools" if len(missing) > 1 else "is a tool"
    return f"{', '.join(missing)} {words} of the full catalogue; set catalogue to full"


def _words(given: Iterable[str]) -> list[str]:
    return [word.strip() for word in given if word.strip()]

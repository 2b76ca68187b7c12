"""A server's config: a change of it, checked against the tools of the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import MISSING, fields, replace
from typing import Any

from vapi_mcp.accounts.only_words import OnlyWords
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.admin.requests import ConfigWords, PolicyWords
from vapi_mcp.admin.validation_errors import Failure, refused
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.scope import FULL, Scope, unknown_tools
from vapi_mcp.specs.tools.toolspec import ToolSpec

_DEFAULTS = {f.name: f.default for f in fields(ServerConfig) if f.default is not MISSING}


def merged(config: ServerConfig, changes: ConfigWords) -> ServerConfig:
    """Return a config with the given keys replaced; null brings a default back."""
    return replace(config, **{name: _value(name, new) for name, new in changes.given.items()})


def check_exposes(registry: Registry, scope: Scope, where: str = "") -> None:
    """Check that a scope exposes a tool.

    where: what the paths of the errors begin with, `config.` for example.

    Raises:
        AdminError: 400; it names tools that do not exist, or the errors name the methods and tags
            that match nothing.
    """
    specs = [tool.spec for tool in registry.in_scope(Scope(catalogue=scope.catalogue))]
    names = {spec.name for spec in specs}
    every = [tool.spec for tool in registry.tools.values()]
    if unknown := [
        *_missing(f"{where}tools", scope.tools - names, every),
        *_missing(f"{where}exclude_tools", scope.exclude_tools - names, every),
    ]:
        raise refused(unknown)
    if not registry.in_scope(scope):
        raise refused(_why_empty(scope, specs, where))


def _value(name: str, given: Any) -> Any:
    if given is None:
        return _DEFAULTS[name]
    if isinstance(given, PolicyWords):
        policy = Policy(**given.model_dump(by_alias=True, exclude_none=True))
        return None if policy == Policy() else policy
    if isinstance(given, OnlyWords):
        return given.record
    return tuple(given) if isinstance(given, list) else given


def _missing(path: str, names: Iterable[str], every: Sequence[ToolSpec]) -> list[Failure]:
    known = {spec.name for spec in every}
    return [
        Failure(
            path=path,
            message=unknown_tools([name], every)
            if name in known
            else f"there is no tool named {name!r}",
        )
        for name in sorted(names)
    ]


def _why_empty(scope: Scope, specs: Sequence[ToolSpec], where: str) -> list[Failure]:
    found = [
        *(
            Failure(path=f"{where}methods", message=f"no tool matches the method {word!r}")
            for word in sorted(scope.methods)
            if not any(spec in replace(FULL, methods=frozenset({word})) for spec in specs)
        ),
        *(
            Failure(path=f"{where}tags", message=f"no tool has the tag {word!r}")
            for word in sorted(scope.tags)
            if not any(spec in replace(FULL, tags=frozenset({word})) for spec in specs)
        ),
    ]
    return found or [
        Failure(
            path=where.rstrip("."),
            message="no tool matches this combination of methods, tags and tools",
        )
    ]

"""The tools that go on from a tool: the one that reads what it made, lists it or stops it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from vapi_mcp.errors import SpecError
from vapi_mcp.specs.tools.resource_file import ToolFields
from vapi_mcp.specs.tools.toolspec import ToolSpec


def linked(specs: Sequence[ToolSpec], declared: Sequence[ToolFields]) -> tuple[ToolSpec, ...]:
    """Return the specs, each with the tools that go on from it.

    declared: the fields of the same tools, in the same order.

    Raises:
        SpecError: One names a tool that does not exist.
    """
    named = {spec.name: spec for spec in specs}
    readers = {spec.operation: spec for spec in specs if spec.method == "get"}
    lists = {_path(spec): spec for spec in specs if spec.output.kind == "list"}
    return tuple(
        replace(
            spec,
            reader=_reader(_path(spec), readers),
            lister=lists.get(_collection(spec)),
            owner=_reader(_collection(spec), readers) if _is_artifact(spec) else None,
            givers=tuple(named[name] for name in spec.contents.links.values() if name in named),
            settled_by=_declared(fields, "settled_by", named) or _list_of(spec, lists),
            stopped_by=_declared(fields, "stopped_by", named),
        )
        for spec, fields in zip(specs, declared, strict=True)
    )


def _declared(
    fields: ToolFields, name: Literal["settled_by", "stopped_by"], tools: Mapping[str, ToolSpec]
) -> ToolSpec | None:
    tool: str | None = getattr(fields, name)
    if tool is not None and tool not in tools:
        raise SpecError(f"{fields.name}: {name} is {tool!r}, which is no tool")
    return tools[tool] if tool is not None else None


def _list_of(spec: ToolSpec, lists: Mapping[str, ToolSpec]) -> ToolSpec | None:
    """Return the list in which what a tool made is found."""
    return lists.get(_path(spec)) if spec.effect in ("create", "act") else None


def _is_artifact(spec: ToolSpec) -> bool:
    return spec.output.kind == "artifact"


def _path(spec: ToolSpec) -> str:
    return spec.operation.partition(" ")[2]


def _collection(spec: ToolSpec) -> str:
    return _path(spec).partition("/{id}")[0]


def _reader(path: str, readers: Mapping[str, ToolSpec]) -> ToolSpec | None:
    """Return the get tool of what a path names; the first version's where the second has none."""
    one = f"{path.removesuffix('/{id}')}/{{id}}"
    return readers.get(f"GET {one}") or readers.get(f"GET {one.removeprefix('/v2')}")

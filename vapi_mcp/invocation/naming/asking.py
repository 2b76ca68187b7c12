"""Names in the arguments of a list, where Vapi knows ids only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.failures.guidance import NextCall
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool


def spellings(tool: Tool) -> Mapping[str, str]:
    """Return the ids by what else their names are called: `assistant.name` for `assistantName`."""
    names = tool.spec.contents.names
    return {f"{key.removesuffix('Id')}.{name}": key for key in names for name in names[key].keys}


def spelling_note(tool: Tool, control: Mapping[str, Any]) -> str | None:
    """Return where the name of a saved object is that was asked for as a part of it."""
    where, count_by = control.get("where"), control.get("count_by")
    asked = [*(where if isinstance(where, Mapping) else ()), *(control.get("fields") or ())]
    asked += count_by if isinstance(count_by, list) else [count_by]
    known, names = spellings(tool), tool.spec.contents.names
    told = dict.fromkeys(
        f"{each} as {names[known[each]].beside}" for each in asked if each in known
    )
    return f"Taken: {', '.join(told)}, where a saved one is meant." if told else None


def refuse_names(tool: Tool, control: Mapping[str, Any], registry: Registry) -> None:
    """Refuse conditions on names that no ids could take the place of, and to sort by names.

    Raises:
        InvalidArguments: There is one; the list that gives the id is the next call.
    """
    where, sort = control.get("where"), str(control.get("sort") or "").lstrip("+-")
    names = tool.spec.contents.names
    if sort in {*spellings(tool), *(rule.beside for rule in names.values())}:
        raise InvalidArguments(
            f"sort: {sort} is no key of the items, it comes beside their ids afterwards. Sort by "
            f'another key, or give count_by: ["{sort}"]. No item was read.'
        )
    for key, rule in names.items():
        wanted = where.get(rule.beside) if isinstance(where, dict) else None
        if wanted is None or not tool.answer.has(parse_keys(key)):
            continue
        if rule.lister in registry.tools:
            looked_up = {"where": {rule.keys[0]: wanted}, "fields": ["id", rule.keys[0]]}
            raise InvalidArguments(
                f"where: {rule.beside} stands for too many, or cannot be looked up "
                f"here; give {key} instead. No item was read.",
                next_call=NextCall(registry.tools[rule.lister].operation.key, looked_up),
            )


def with_ids(tool: Tool, control: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is asked of a list, with the ids of the names that it asks for."""
    if not control.get("fields") and not control.get("count_by"):
        return control
    names = tool.spec.contents.names
    by_name = {rule.beside: key for key, rule in names.items()} | dict(spellings(tool))
    fields, count_by = control.get("fields"), control.get("count_by")
    asked = dict(control)
    if isinstance(fields, list) and not by_name.keys().isdisjoint(fields):
        ids = [by_name[each] for each in fields if each in by_name]
        asked["fields"] = list(dict.fromkeys([*fields, *ids]))
    if isinstance(count_by, str):
        count_by = [each.strip() for each in count_by.split(",")]
    if isinstance(count_by, list) and not by_name.keys().isdisjoint(count_by):
        asked["count_by"] = [by_name.get(each, each) for each in count_by]
    return asked


def without_names(tool: Tool, fields: Sequence[str]) -> list[str]:
    """Return fields without the names that stand beside an id among them."""
    names = tool.spec.contents.names
    beside = {names[key].beside for key in names.keys() & set(fields)}
    beside |= {each for each, key in spellings(tool).items() if key in fields}
    return [each for each in fields if each not in beside]

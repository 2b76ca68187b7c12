"""Updates of nested objects: Vapi replaces each one whole, so what was meant has to be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.answers.elision import MARK
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.notes import ChangeNote
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.mending import Places
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.preflight.merge import differences, losses, merged
from vapi_mcp.invocation.preflight.saved_object import read_if_possible, read_saved
from vapi_mcp.invocation.result import clipped
from vapi_mcp.json_paths import first_step, format_place, resolve
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts

_MOST_NAMED = 12
_LONGEST_VALUE = 80


async def settle_nested(
    tool: Tool, checked: Checked, upstream: Upstream, account: Account, facts: Facts
) -> Checked:
    """Return an update as it was meant: with its objects merged into the saved ones, or as sent.

    One read, and none where nothing would be replaced or `nested` says "replace".

    Raises:
        InvalidArguments: Something saved would be lost without a word of the caller.
        ToolError: The saved object could not be read, so nothing was changed.
    """
    update = _Update(tool, checked, facts)
    meant = checked.control.get("nested")
    if not (update.objects or update.lists) or meant == "replace":
        return checked
    if not update.objects:
        seen = await read_if_possible(tool, checked, upstream, account)
        return update.with_notes(checked.body, update.told_of_lists(seen, checked.body))
    read = await read_saved(tool, checked, upstream, account)
    saved: Mapping[str, Any] = read.value
    update = replace(update, checked=replace(checked, saved=saved))
    if meant == "merge":
        return update.merged_into(saved, read.replaced)
    update.refuse_losses(saved)
    return update.with_notes(checked.body, update.told_of_lists(saved, checked.body))


@dataclass(frozen=True, slots=True)
class _Update:
    tool: Tool
    checked: Checked
    facts: Facts

    @property
    def objects(self) -> Mapping[str, dict[str, Any]]:
        """What the update sends that is an object, by upstream name."""
        return {n: v for n, v in (self.checked.body or {}).items() if isinstance(v, dict)}

    @property
    def lists(self) -> Mapping[str, list[Any]]:
        return {n: v for n, v in (self.checked.body or {}).items() if isinstance(v, list)}

    def merged_into(self, saved: Mapping[str, Any], replaced: Places) -> Checked:
        """Return the update with its objects laid over the saved ones.

        replaced: parts of the saved object that could not be read as they are; none of them is
        sent.

        Raises:
            InvalidArguments: One of them would be sent.
        """
        body = dict(self.checked.body or {})
        changes: list[str] = []
        for name, sent in self.objects.items():
            before = saved.get(name)
            if not isinstance(before, dict):
                continue
            known = cast("dict[str, Any]", before)
            body[name] = merged(self.facts, self._schema(name), known, sent)
            if replaced and (is_altered(body[name]) or _has_lost_number(body, name, replaced)):
                raise _unmergeable(self.tool, name)
            for path, old, new in differences(known, body[name], (name,)):
                changes.append(f"{format_place(path)}: {_brief(old)} → {_brief(new)}")
        told = f"changed {_few(changes)}" if changes else "nothing changes in them"
        names = ", ".join(self.objects)
        end = "All other parts of them are sent unchanged."
        note = ChangeNote(f"Merged into the saved {names}: {told}. {end}")
        return self.with_notes(body, [note, *self.told_of_lists(saved, self.lists)])

    def refuse_losses(self, saved: Mapping[str, Any]) -> None:
        found: dict[str, str] = {}
        for name, sent in self.objects.items():
            before = saved.get(name)
            if isinstance(before, dict):
                known = cast("dict[str, Any]", before)
                for path, lost in losses(self.facts, self._schema(name), known, sent):
                    found[format_place((name, *path))] = _brief(lost)
        if not found:
            return
        touched = dict.fromkeys(first_step(path)[0] for path in found)
        raise InvalidArguments(
            f"{self.tool.name} replaces {' and '.join(touched)} whole, and this would drop "
            f'{_few(list(found))}. Call it again with nested: "merge" to keep what you do not '
            'send, or nested: "replace" to drop it. Nothing was changed.',
            would_be_lost=dict(list(found.items())[:_MOST_NAMED]),
        )

    def told_of_lists(
        self, saved: Mapping[str, Any] | None, sent: Mapping[str, Any] | None
    ) -> list[str]:
        """Return which saved lists are replaced, those inside of objects too."""
        if saved is None:
            return [f"{name} replaces the whole saved list." for name in self.lists]
        return [
            ChangeNote(
                f"{format_place(path)} is replaced whole: {_counted(old)} before, {_counted(new)} "
                f"now{_named_gone(old, new)}{_dropped(old, new)}."
            )
            for name, value in (sent or {}).items()
            for path, old, new in differences(saved.get(name), value, (name,))
            if isinstance(old, list) and old and isinstance(new, list)
        ]

    def with_notes(self, body: Mapping[str, Any] | None, notes: Iterable[str]) -> Checked:
        few = list(notes)[:_MOST_NAMED]
        return replace(self.checked, body=body, notes=(*self.checked.notes, *few))

    def _schema(self, upstream: str) -> Mapping[str, Any]:
        arguments = self.tool.arguments.values()
        body = (a.schema for a in arguments if a.place == "body" and a.upstream == upstream)
        return next(body, {})  # a name that is not documented may hold anything


def is_altered(value: Any) -> bool:
    """Return whether a value holds what stands for something that could not be read."""
    text = _as_text(value)
    return text is None or MARK in text or "\ufffd" in text


def _as_text(value: Any) -> str | None:
    try:
        return exact_json(value).decode()
    except orjson.JSONEncodeError:
        return None


def _has_lost_number(body: Mapping[str, Any], name: str, replaced: Places) -> bool:
    """Return whether null stands for a number of the saved object in what would be sent of it."""
    return any(
        path[0] == name and resolve(body, path) is None for path in replaced.get("number", ())
    )


def _unmergeable(tool: Tool, name: str) -> InvalidArguments:
    return InvalidArguments(
        f"{tool.name}: the saved {name} holds values that cannot be read and sent back unchanged: "
        "text with half a character, a number too large, or over 100 levels. Send a new value for "
        f'that part too, or all of {name} with nested: "replace". Nothing was changed.'
    )


def _brief(value: Any) -> str:
    if value is None:
        return "nothing"
    text = _as_text(value)
    return clipped(text, _LONGEST_VALUE) if text else "a large object"


def _few(texts: list[str]) -> str:
    more = len(texts) - _MOST_NAMED
    return ", ".join(texts[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _counted(items: list[Any]) -> str:
    return f"{len(items)} item{'' if len(items) == 1 else 's'}"


def _named_gone(before: list[Any], after: list[Any]) -> str:
    names = [_label(item) for item in before if _label(item) not in map(_label, after)]
    return f"; gone: {_few(names)}" if names else ""


def _dropped(before: list[Any], after: list[Any]) -> str:
    """Return which keys items lose that stay in the list."""
    kept = {_label(item): item for item in before if isinstance(item, dict)}
    told = [
        f"{_label(item)} loses {', '.join(lost)}"
        for item in after
        if isinstance(item, dict) and (old := kept.get(_label(item)))
        if (lost := [key for key, value in old.items() if value and key not in item])
    ]
    return f"; {_few(told)}" if told else ""


def _label(item: Any) -> str:
    """Return what tells an item of a list from its neighbours."""
    if isinstance(item, dict):
        known = cast("dict[str, Any]", item)
        keys = ("id", "assistantId", "structuredOutputId", "name", "role", "type")
        found = next((str(known[key]) for key in keys if known.get(key)), None)
        return found or _brief(known)
    return clipped(str(item), _LONGEST_VALUE)

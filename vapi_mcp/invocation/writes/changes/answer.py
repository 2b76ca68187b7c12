"""The answer of an update: what changed, instead of the whole object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.answers.budget import compact, fits
from vapi_mcp.invocation.answers.fit import arranged
from vapi_mcp.invocation.answers.links.secret_links import SecretLinks
from vapi_mcp.invocation.answers.response import read_answer
from vapi_mcp.invocation.answers.untrusted_text import untrusted_in_part, untrusted_note
from vapi_mcp.invocation.arguments.notes import ChangeNote, PairsNote
from vapi_mcp.invocation.explaining import explained, explaining
from vapi_mcp.invocation.meanings.caveats import remarks
from vapi_mcp.invocation.meanings.prompt_variables import changed_variables_note
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.preflight.saved_object import read_before
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.changes.comparison import Change, compared
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.registry.answer_keys import AnswerKeys
from vapi_mcp.registry.tool import Tool

_NOTHING = "Nothing changed: the saved object had these values already."
_MOST_CHANGES = 60
# Characters of a value, and how many changes, from what is usual down to what always fits.
_SIZES = ((300, _MOST_CHANGES), (100, _MOST_CHANGES), (40, 20), (20, 5))


async def with_state_before(write: Write) -> Write:
    """Return an update with the object as it is saved now, where that can be read and is wanted."""
    tool, completed = write.tool, write.completed
    if completed.saved is not None or not reads_state_before(write):
        return write
    saved = await read_before(tool, completed, write.call.upstream, write.call.account)
    return replace(write, completed=replace(completed, saved=saved))


def reads_state_before(write: Write) -> bool:
    """Return whether the answer of a write tells what changed, for which the object is read."""
    reader = write.tool.spec.reader
    is_told = write.tool.spec.effect == "update" and not write.option("fields")
    # Without a body there is only one change to make, and the answer shows it whole.
    is_told = is_told and write.tool.operation.body is not None
    return is_told and reader is not None and reader in write.grant.scope


def changes_answer(write: Write, response: UpstreamResponse) -> ToolResult | None:
    """Return what an update changed; None where that is not known or more was asked for."""
    saved = write.completed.saved
    if write.tool.spec.effect != "update" or saved is None or write.option("fields"):
        return None
    with explaining("the changes of an update"):
        try:
            answer = read_answer(write.tool, response, write.call.account).value
        except ToolError:
            return None
        if isinstance(answer, dict) and answer.get("id") == saved.get("id"):
            shared = _shared_keys(write.tool)
            return _answered(write, _of(saved, shared), _of(answer, shared))
    return None


def _shared_keys(tool: Tool) -> frozenset[str] | None:
    """Return the keys that a read and an update both answer, where they answer different objects.

    A key that only one of them has did not change.
    """
    facts, reader, own = tool.answer.facts, tool.spec.reader, tool.operation
    read = facts.operation(reader.operation) if reader else own
    if read.answers.get("200") == own.answers.get("200"):
        return None
    return frozenset(AnswerKeys(facts, read).names(()) & tool.answer.names(()))


def _of(found: Mapping[str, Any], keys: frozenset[str] | None) -> dict[str, Any]:
    return {name: value for name, value in found.items() if keys is None or name in keys}


def _answered(write: Write, saved: Mapping[str, Any], answer: dict[str, Any]) -> ToolResult | None:
    contents, most = write.tool.spec.contents, write.grant.server.config.max_result_tokens
    links = SecretLinks(contents.links, (), contents.untrusted)
    changes = list(compared(links.removed(saved), links.removed(answer)))
    outside = untrusted_note(["changed"] if _is_untrusted(changes, contents.untrusted) else [])
    told = [note for note in write.completed.notes if not isinstance(note, ChangeNote)]
    is_explained = any(isinstance(note, PairsNote) for note in told)
    changed = {str(each.path[0]) for each in changes if each.path}
    lacks = explained(
        "variables", lambda: changed_variables_note(write.tool, answer, changed), None
    )
    for length, count in _SIZES:
        shown = [each.shown(length) for each in changes[:count]]
        text = compact(_frame(answer, shown))
        left = _left_out(write.tool, len(changes) - count)
        needed = [left, outside, *remarks(write.tool, answer, text)]
        notes = arranged(
            [*told, lacks, None if changes or is_explained else _NOTHING], needed, most
        )
        if fits(text, notes, most):
            ids = (answer["id"],) if isinstance(answer.get("id"), str) else ()
            return ToolResult(text, notes, upstream_ids=ids)
    return None


def _frame(answer: Mapping[str, Any], changed: list[dict[str, Any]]) -> dict[str, Any]:
    framed = {"id": answer.get("id"), "changed": changed, "updatedAt": answer.get("updatedAt")}
    return {name: value for name, value in framed.items() if value is not None}


def _left_out(tool: Tool, count: int) -> str | None:
    if count <= 0:
        return None
    reader = tool.spec.reader
    how = f"; {reader.name} reads the object" if reader else ""
    return f"{count} more changes are not shown{how}."


def _is_untrusted(changes: Sequence[Change], known: Sequence[str]) -> bool:
    return any(
        untrusted_in_part(value, [str(step) for step in each.path], known)
        for each in changes
        for value in (each.before, each.after, each.items)
        if value is not None
    )

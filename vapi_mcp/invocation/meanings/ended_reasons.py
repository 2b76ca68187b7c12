"""The class of each `endedReason` in an answer, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.ended_reasons import class_of, ended_reason

REASON = "endedReason"
CLASS = "endedReasonClass"
_LONGEST = 120
_MOST_EXPLAINED = 8
# What has an endedReason of another kind: runs of evals, campaigns.
_CALL = "Call"
_CAMPAIGN = "campaign."


def class_in(item: Mapping[str, Any]) -> str | None:
    """Return the class of the reason that a call has; None of anything else."""
    reason, kind = item.get(REASON), item.get("type", _CALL)
    if not isinstance(reason, str) or not str(kind).endswith(_CALL):
        return None
    return None if reason.startswith(_CAMPAIGN) else class_of(reason)


def with_classes(tool: Tool, items: list[Any]) -> list[Any]:
    """Return items of a list, or groups of a count, each with the class beside its reason."""
    return [*map(_with_class, items)] if _is_about_calls(tool) else items


def reason_notes(tool: Tool, items: Iterable[Any], *, explain: bool) -> tuple[str, ...]:
    """Return what to say of the reasons in items: one note a reason.

    explain: whether to say more than what it means and what to do.
    """
    if not _is_about_calls(tool):
        return ()
    reasons = dict.fromkeys(reason for item in items if (reason := _reason_in(item)))
    return tuple(_told(reason, explain=explain) for reason in list(reasons)[:_MOST_EXPLAINED])


def _is_about_calls(tool: Tool) -> bool:
    return tool.spec.resource == "calls"


def _reason_in(item: Any) -> str | None:
    reason = item.get(REASON) if isinstance(item, dict) else None
    return reason if isinstance(reason, str) and reason else None


def _with_class(item: Any) -> Any:
    reason = _reason_in(item)
    if reason is None or CLASS in item:
        return item
    found: dict[str, Any] = {}
    for name, value in item.items():
        found[name] = value
        if name == REASON:
            found[CLASS] = class_of(reason)
    return found


def _told(reason: str, *, explain: bool) -> str:
    known = ended_reason(reason)
    said = f"{REASON} {reason:.{_LONGEST}}: {known.kind} ({known.meaning.rstrip('.')})."
    if explain:
        return f"{said} {known.advice} {known.kind} means that {known.kind_meaning}."
    # One sentence costs no more than a word on how to ask for it.
    return said if known.kind == "normal" else f"{said} {known.advice}"

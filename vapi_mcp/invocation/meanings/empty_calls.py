"""Why a call has no conversation, recording or analysis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vapi_mcp.invocation.meanings.ended_reasons import REASON
from vapi_mcp.json_paths import MISSING, parse_keys, resolve
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.ended_reasons import class_of

# What a call has only when it is over.
_LATER = frozenset({"artifact", "analysis", "messages", "transcript", "summary", "recordingUrl"})
_SAID = ("artifact.messages", "messages", "artifact.transcript", "transcript")
_PLANS = (
    "artifactPlan",
    "assistantOverrides.artifactPlan",
    "assistant.artifactPlan",
    "squadOverrides.artifactPlan",
)
_NOT_OVER = frozenset({"scheduled", "queued", "ringing", "in-progress", "forwarding"})
_STATUSES: Mapping[str, str] = {
    "deletion-failed": (
        "status deletion-failed: the call was to be erased and was not, or not wholly; repeat the "
        "deletion."
    ),
    "not-found": "status not-found: Vapi has no data of this call, so nothing more can be read.",
}
_VOICEMAIL = "callsCounterEndedVoicemail"
_COUNTERS = f"callsCounterEnded includes {_VOICEMAIL}."


def status_notes(tool: Tool, items: Iterable[Any]) -> tuple[str, ...]:
    """Return what the rarer statuses and the counters in items mean, each once."""
    if tool.spec.resource == "campaigns":
        return _counter_notes(items)
    if tool.spec.resource != "calls":
        return ()
    known = [item.get("status") for item in items if isinstance(item, dict)]
    return tuple(text for status, text in _STATUSES.items() if status in known)


def _counter_notes(items: Iterable[Any]) -> tuple[str, ...]:
    campaigns = (item for item in items if isinstance(item, dict))
    return (_COUNTERS,) if any(item.get(_VOICEMAIL) for item in campaigns) else ()


def emptiness_note(tool: Tool, call: Any, wanted: Iterable[str]) -> str | None:
    """Return why a call has nothing at wanted keys, which it does not have; None if unknown."""
    if tool.spec.resource != "calls" or not isinstance(call, dict) or "status" not in call:
        return None
    names = {name for path in wanted for name in parse_keys(path)}
    return _why(call, names) if not _LATER.isdisjoint(names) else None


def _why(call: Mapping[str, Any], names: set[str]) -> str | None:
    status, reason = call["status"], call.get(REASON)
    if status in _NOT_OVER:
        return f"The call is {status}, not ended: this comes when it is over."
    if status in _STATUSES:
        return _STATUSES[status]
    if any("ecording" in name for name in names) and _is_off(call, "recordingEnabled"):
        return "The call was not recorded: artifactPlan.recordingEnabled is false."
    if any(_has(call, path) for path in _SAID):
        return None
    if isinstance(reason, str) and (class_of(reason) == "no_contact" or "startedAt" not in call):
        return f"Nothing was said in this call: it ended with {reason[:120]}."
    return (
        "This call has no messages. Either nothing was said, or it is older than the retention of "
        "the account's plan, or its assistant keeps none (compliancePlan, artifactPlan)."
    )


def _has(call: Mapping[str, Any], path: str) -> bool:
    found = resolve(call, parse_keys(path))
    return found is not MISSING and bool(found)


def _is_off(call: Mapping[str, Any], switch: str) -> bool:
    return any(resolve(call, (*parse_keys(plan), switch)) is False for plan in _PLANS)

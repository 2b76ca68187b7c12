"""What a success does not mean yet, in words."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, cast

from vapi_mcp.registry.tool import Tool

_QUEUED = (
    "Queued is not connected: read the call with get_single_vapi_call_by_id until its status is "
    "ended; endedReason then says how it went. Do not call again to find out."
)
_SCHEDULED = "The call is scheduled; delete_a_vapi_call_by_id cancels it until then."
_STOPS = (
    "update_a_vapi_campaign_by_id with status cancelled stops it: calls in progress end by "
    "themselves, all others are not placed. get_single_vapi_campaign_by_id shows how far it is."
)
_EVAL_RUN = (
    "The run has only begun: read it with get_single_vapi_eval_run_by_id until its status is ended."
)
_RECORDINGS = (
    "recordingUrl and its like name files and do not open; list_all_vapi_mono_recordings and its "
    "siblings give links."
)
_BLOCKED = "The account's limit of calls at once is reached; some will wait or fail."


def remarks(tool: Tool, answer: Any, shown: str) -> tuple[str, ...]:
    """Return what has to be said about an answer that looks more finished than it is.

    shown: the text that goes out, which may be a part of the answer.
    """
    if not isinstance(answer, dict):
        return ()
    known = cast("dict[str, Any]", answer)
    match tool.operation.key:
        case "POST /call":
            return _of_batch(known) if "results" in known else _of_call(known.get("status"))
        case "POST /campaign" | "PATCH /campaign/{id}":
            return _of_campaign(known)
        case "POST /eval/run":
            return (_EVAL_RUN,)
        case "GET /call/{id}" if '"recordingUrl":' in shown:
            return (_RECORDINGS,)
        case _:
            return ()


def _of_call(status: Any) -> tuple[str, ...]:
    known = {"queued": (_QUEUED,), "scheduled": (_SCHEDULED,)}
    return known.get(status, ()) if isinstance(status, str) else ()


def _of_campaign(answer: dict[str, Any]) -> tuple[str, ...]:
    """Say whether a campaign dials: one without a schedule is `scheduled` and dials at once."""
    status, plan = answer.get("status", "scheduled"), answer.get("schedulePlan")
    if status not in ("scheduled", "in-progress"):
        return (f"The campaign is {status!s:.40}: it does not dial.",)
    times = cast("dict[str, Any]", plan) if isinstance(plan, dict) else {}
    begin, end = times.get("earliestAt"), times.get("latestAt")
    if status == "in-progress" or not begin:
        return (f"This campaign rings people now. {_STOPS}",)
    until = f" until {end!s:.40}" if end else ""
    return (f"This campaign rings people from {begin!s:.40} on{until}. {_STOPS}",)


def _of_batch(answer: dict[str, Any]) -> tuple[str, ...]:
    placed, refused = _size(answer.get("results")), _size(answer.get("errors"))
    told = [f"{placed} queued, which is not connected; endedReason tells how each call went."]
    if refused:
        told.append(f"{refused} refused and not called: see errors.")
    limits = answer.get("subscriptionLimits")
    if isinstance(limits, dict) and cast("dict[str, Any]", limits).get("concurrencyBlocked"):
        told.append(_BLOCKED)
    return tuple(told)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, Sized) else 0

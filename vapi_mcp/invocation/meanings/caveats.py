"""What a success does not mean yet, in words."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, cast

from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.toolspec import ToolSpec

_QUEUED = (
    "Queued is not connected: read the call with {reader} until its status is ended; endedReason "
    "then says how it went. Do not call again to find out."
)
_SCHEDULED = "The call is scheduled; {stop} cancels it until then."
_STOPS = (
    "{stop} with status cancelled stops it: calls in progress end by themselves, all others are "
    "not placed. {reader} shows how far it is."
)
_RUN = "The run has only begun: read it with {reader} until its status is ended."
_DEAD_LINK = "{key} and its like name files and do not open; {tool} and its siblings give links."
_BLOCKED = "The account's limit of calls at once is reached; some will wait or fail."


def remarks(tool: Tool, answer: Any, shown: str) -> tuple[str, ...]:
    """Return what has to be said about an answer that looks more finished than it is.

    shown: the text that goes out, which may be a part of the answer.
    """
    if not isinstance(answer, dict):
        return ()
    known = cast("dict[str, Any]", answer)
    spec = tool.spec
    match spec.recipients:
        case "call":
            return _of_batch(known) if "results" in known else _of_call(spec, known.get("status"))
        case "campaign":
            return _of_campaign(spec, known)
        case _ if spec.speaks:
            return (_with_tools(_RUN, spec),)
        case _:
            return _of_dead_links(spec, shown)


def _of_dead_links(spec: ToolSpec, shown: str) -> tuple[str, ...]:
    links = spec.contents.dead_links.items() if spec.method == "get" else ()
    return tuple(
        _DEAD_LINK.format(key=key, tool=tool) for key, tool in links if f'"{key}":' in shown
    )


def _of_call(spec: ToolSpec, status: Any) -> tuple[str, ...]:
    known = {"queued": _QUEUED, "scheduled": _SCHEDULED}
    text = known.get(status) if isinstance(status, str) else None
    return (_with_tools(text, spec),) if text else ()


def _of_campaign(spec: ToolSpec, answer: dict[str, Any]) -> tuple[str, ...]:
    """Return whether a campaign dials: one without a schedule is `scheduled` and dials at once."""
    status, plan = answer.get("status", "scheduled"), answer.get("schedulePlan")
    if status not in ("scheduled", "in-progress"):
        return (f"The campaign is {status!s:.40}: it does not dial.",)
    times = cast("dict[str, Any]", plan) if isinstance(plan, dict) else {}
    begin, end = times.get("earliestAt"), times.get("latestAt")
    stops = _with_tools(_STOPS, spec)
    if status == "in-progress" or not begin:
        return (f"This campaign rings people now. {stops}",)
    until = f" until {end!s:.40}" if end else ""
    return (f"This campaign rings people from {begin!s:.40} on{until}. {stops}",)


def _with_tools(text: str, spec: ToolSpec) -> str:
    reader, stop = spec.reader, spec.stopped_by
    return text.format(reader=reader.name if reader else "", stop=stop.name if stop else "")


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

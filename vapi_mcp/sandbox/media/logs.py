"""The log of a simulated call."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from vapi_mcp.rfc3339 import write_moment
from vapi_mcp.sandbox.media.timing import duration_of, started_at

Part = dict[str, Any]

_MOST_LINES = 480
_SLOW_TOOL_SECONDS = 1.6
_BODY_CHARACTERS = 400
_FAILURES = ("error", "fault", "failed", "did-not", "busy", "timed-out")


@dataclass(frozen=True, slots=True)
class _Event:
    seconds: float
    level: str
    category: str
    body: str
    details: Part


def call_log(call: dict[str, Any]) -> bytes:
    """Return a call's log as gzipped JSON lines: `time`, `level`, `body`, `attributes`.

    Lines follow from the call's own messages and end; of a very long call the middle is left out.
    """
    start = started_at(call)
    events = _shortened(sorted(_events(call), key=lambda event: event.seconds))
    lines = [orjson.dumps(_line(call, start, event)) for event in events]
    return gzip.compress(b"\n".join(lines) + b"\n", mtime=0)


def _line(call: Part, start: datetime, event: _Event) -> Part:
    moment = start + timedelta(seconds=event.seconds)
    return {
        "time": write_moment(moment, "milliseconds"),
        "level": event.level,
        "body": event.body[:_BODY_CHARACTERS],
        "attributes": {
            "callId": call["id"],
            "orgId": call.get("orgId"),
            "category": event.category,
            **event.details,
        },
    }


def _shortened(events: list[_Event]) -> list[_Event]:
    if len(events) <= _MOST_LINES:
        return events
    half = _MOST_LINES // 2
    middle = events[half:-half]
    left_out = _Event(
        middle[0].seconds,
        "WARN",
        "logging",
        f"{len(middle)} log lines left out: the call is over its log budget",
        {"leftOut": len(middle)},
    )
    return [*events[:half], left_out, *events[-half:]]


def _events(call: Part) -> Iterator[_Event]:
    yield from _opening(call)
    calls: dict[str, float] = {}
    for message in call.get("messages") or []:
        yield from _message_events(message, calls)
    yield from _closing(call)


def _opening(call: Part) -> Iterator[_Event]:
    def info(seconds: float, category: str, body: str, **details: Any) -> _Event:
        return _Event(seconds, "INFO", category, body, details)

    transport = (call.get("transport") or {}).get("provider", "unknown")
    target = {key: call[key] for key in ("assistantId", "squadId") if key in call}
    yield info(-1.4, "system", "Call created", type=call.get("type"), status="queued")
    yield info(-1.38, "system", "Resolved resources of the call", **target)
    yield info(-1.31, "system", "Checked subscription limits", concurrencyBlocked=False)
    yield info(-1.2, "transport", f"Opening transport {transport}", provider=transport)
    if call.get("startedAt"):
        yield info(-0.2, "transport", f"Transport {transport} connected", provider=transport)
        yield info(-0.15, "transcriber", "Transcriber stream opened", sampleRate=16000)
        yield info(-0.12, "voice", "Voice stream opened", sampleRate=24000)
        yield info(0.0, "system", "Call started", status="in-progress")


def _message_events(message: Part, calls: dict[str, float]) -> Iterator[_Event]:
    at = float(message.get("secondsFromStart") or 0)
    role = message.get("role")
    if role == "system":
        size = len(str(message.get("message")))
        yield _Event(at, "INFO", "model", "System prompt loaded", {"characters": size})
    elif role == "user":
        yield from _heard(message, at)
    elif role == "bot":
        yield from _spoken(message, at)
    elif role == "tool_calls":
        for part in message.get("toolCalls") or []:
            calls[part["id"]] = at
            details = {"toolCallId": part["id"], "tool": part["function"]["name"]}
            body = f"Calling {part['function']['name']} {part['function']['arguments']}"
            yield _Event(at, "INFO", "tool", body, details)
    elif role == "tool_call_result":
        yield _tool_result(message, at, at - calls.get(str(message.get("toolCallId")), at))


def _heard(message: Part, at: float) -> Iterator[_Event]:
    text = str(message.get("message"))
    end = at + _seconds(message)
    half = text[: len(text) // 2]
    yield _Event(at, "DEBUG", "transcriber", "User speech started", {})
    yield _Event((at + end) / 2, "DEBUG", "transcriber", f"Partial: {half}", {"final": False})
    yield _Event(end, "INFO", "transcriber", f"Final: {text}", {"final": True})
    yield _Event(end, "DEBUG", "endpointing", "End of turn detected", {"probability": 0.94})
    yield _Event(end, "DEBUG", "model", "Model request sent", {"messagesCharacters": len(text)})


def _spoken(message: Part, at: float) -> Iterator[_Event]:
    text = str(message.get("message"))
    length = _seconds(message)
    yield _Event(at, "DEBUG", "model", "Model answered", {"characters": len(text)})
    yield _Event(at, "INFO", "voice", f"Speaking: {text}", {"characters": len(text)})
    yield _Event(at + length, "DEBUG", "voice", "Speech finished", {"seconds": round(length, 3)})


def _tool_result(message: Part, at: float, took: float) -> _Event:
    name = message.get("name")
    details = {
        "toolCallId": message.get("toolCallId"),
        "tool": name,
        "milliseconds": round(took * 1000),
    }
    if took > _SLOW_TOOL_SECONDS:
        return _Event(at, "WARN", "tool", f"{name} answered slowly", details)
    return _Event(at, "INFO", "tool", f"{name} answered: {message.get('result')}", details)


def _closing(call: Part) -> Iterator[_Event]:
    reason = call.get("endedReason")
    if reason is None:
        return
    end = duration_of(call)
    if any(word in reason for word in _FAILURES):
        broken = "error" in reason or "failed" in reason
        body = call.get("endedMessage") or f"Call did not end as planned: {reason}"
        level = "ERROR" if broken else "WARN"
        yield _Event(end, level, "system", body, {"endedReason": reason})
    details = {"endedReason": reason, "cost": call.get("cost")}
    yield _Event(end + 0.02, "INFO", "transport", "Transport closed", {})
    yield _Event(end + 0.05, "INFO", "system", f"Call ended: {reason}", details)
    for cost in call.get("costs") or []:
        body = f"Cost of {cost['type']}: {cost['cost']} dollars"
        yield _Event(end + 0.3, "DEBUG", "billing", body, {"type": cost["type"]})
    for name in (call.get("artifact") or {}).get("structuredOutputs") or {}:
        yield _Event(end + 2, "INFO", "analysis", "Structured output ready", {"outputId": name})
    if (call.get("analysis") or {}).get("summary"):
        yield _Event(end + 2.4, "INFO", "analysis", "Analysis finished", {})


def _seconds(message: Part) -> float:
    if "endTime" in message and "time" in message:
        return (message["endTime"] - message["time"]) / 1000
    return 1.0

"""What the page of a call shows besides its conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from vapi_mcp.console.frame.endpoint import NAME

# Statuses of a call that goes on: the page looks again.
_RUNNING = frozenset({"queued", "ringing", "in-progress", "forwarding", "scheduled"})
_SHOWN_OF_LINE = frozenset({"time", "timestamp", "level", "body", "message"})
_OUTPUTS, _CARDS = "structuredOutputs", "scorecards"
# Of one text on a page, in characters, and of one list.
_MOST_TEXT, _MOST_ITEMS, _LONGEST_NAME = 4000, 100, 200
_INDENTED = orjson.OPT_INDENT_2
_RECORDINGS = ("mono", "stereo", "customer", "assistant")


@dataclass(frozen=True, slots=True)
class Finding:
    """A result of the analysis: its name and value, as text."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in a list."""

    id: str
    started: str
    customer: str
    assistant: str
    status: str
    reason: str
    kind: str
    seconds: float | None
    cost: float | None


def row_of(item: Any) -> CallRow:
    """Return the row of a call, whatever it lacks; one without a good id leads nowhere."""
    call = item if isinstance(item, dict) else {}
    customer = call.get("customer")
    who = customer if isinstance(customer, dict) else {}
    return CallRow(
        id=_id(call),
        started=(_plain(call, "startedAt", "createdAt") or "?")[:16].replace("T", " "),
        customer=_plain(who, "name", "number") or _plain(call, "type"),
        assistant=_plain(call, "assistantName", "squadName", "assistantId"),
        status=_plain(call, "status"),
        reason=_plain(call, "endedReason"),
        kind=_plain(call, "endedReasonClass"),
        seconds=_number(call, "duration"),
        cost=_number(call, "cost"),
    )


@dataclass(frozen=True, slots=True)
class LogRow:
    """A line of a call's log."""

    time: str
    level: str
    text: str
    more: str


def line_of(line: Any) -> LogRow:
    """Return the row of a line, whatever form it has."""
    if not isinstance(line, dict):
        return LogRow("", "", _text(line), "")
    time = _plain(line, "time", "timestamp")
    rest = {k: v for k, v in line.items() if k not in _SHOWN_OF_LINE}
    attributes = rest.pop("attributes", None)
    more = {**attributes, **rest} if isinstance(attributes, dict) else rest
    words = ", ".join(f"{name}: {_text(value)}" for name, value in more.items())
    said = _cut(_first(line, "body", "message"), _MOST_TEXT)
    return LogRow(time[11:23], _plain(line, "level"), said, _cut(words, _MOST_TEXT))


@dataclass(frozen=True, slots=True)
class CallView:
    """A call's facts in words, its findings, and the ids that lead elsewhere."""

    call: Mapping[str, Any]

    @property
    def is_running(self) -> bool:
        """Whether it goes on, or is yet to begin."""
        return _plain(self.call, "status") in _RUNNING

    @property
    def links(self) -> Mapping[str, str]:
        """The ids of what the call belongs to, by what it is."""
        names = {"assistantId": "Assistant", "squadId": "Squad", "phoneNumberId": "Phone number"}
        found = {label: _plain(self.call, name) for name, label in names.items()}
        return {label: value for label, value in found.items() if value}

    @property
    def has_log(self) -> bool:
        """Whether Vapi keeps a log of it."""
        return bool(self._part("artifact").get("logUrl"))

    @property
    def summary(self) -> str:
        """The summary by Vapi's analysis, empty without one."""
        found = self._part("analysis").get("summary")
        return _text(found) if isinstance(found, str) else ""

    @property
    def findings(self) -> list[Finding]:
        """The analysis, structured outputs and scorecards, each as text."""
        analysis, artifact = self._part("analysis"), self._part("artifact")
        found = [
            *(Finding(_title(k), _text(v)) for k, v in analysis.items() if k != "summary"),
            *(
                Finding(_plain(e, "name"), _text(e.get("result")))
                for e in _each(artifact, _OUTPUTS)
            ),
            *(
                Finding(f"Scorecard {_plain(e, 'name')}", _score(e))
                for e in _each(artifact, _CARDS)
            ),
        ]
        return [each for each in found if each.value][:_MOST_ITEMS]

    @property
    def variables(self) -> Mapping[str, Any]:
        """The values that the prompts were filled with."""
        artifact, overrides = self._part("artifact"), self._part("assistantOverrides")
        for values in (artifact.get("variableValues"), overrides.get("variableValues")):
            if isinstance(values, dict) and values:
                shown = islice(values.items(), _MOST_ITEMS)
                return {_cut(name, _LONGEST_NAME): _text(value) for name, value in shown}
        return {}

    @property
    def recordings(self) -> list[str]:
        """The recordings to choose from; none where the call was not recorded."""
        held = self._part("artifact").get("recording")
        mono = held.get("mono") if isinstance(held, dict) else None
        if not isinstance(held, dict) or not (held or mono):
            return []
        parts = mono if isinstance(mono, dict) else {}
        names = {
            "mono": parts.get("combinedUrl") is not None,
            "stereo": held.get("stereoUrl") is not None,
            "customer": parts.get("customerUrl") is not None,
            "assistant": parts.get("assistantUrl") is not None,
        }
        return [name for name in _RECORDINGS if names[name]]

    def _part(self, name: str) -> Mapping[str, Any]:
        found = self.call.get(name)
        return found if isinstance(found, dict) else {}


def _each(artifact: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects that stand under their ids."""
    held = artifact.get(name)
    return [e for e in held.values() if isinstance(e, dict)] if isinstance(held, dict) else []


def _first(item: Mapping[str, Any], *names: str) -> str:
    """Return the first of these keys that holds a text."""
    found = (item.get(name) for name in names)
    return next((each for each in found if isinstance(each, str) and each), "")


def _plain(item: Mapping[str, Any], *names: str) -> str:
    return _cut(_first(item, *names), _LONGEST_NAME)


def _id(call: Mapping[str, Any]) -> str:
    found = _first(call, "id")
    return found if NAME.fullmatch(found) else ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _number(item: Mapping[str, Any], name: str) -> float | None:
    value = item.get(name)
    return value if type(value) in (int, float) else None


def _title(name: str) -> str:
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in name[:_LONGEST_NAME])
    return words.capitalize()


def _score(card: Mapping[str, Any]) -> str:
    score = card.get("scoreNormalized", card.get("score"))
    return "" if score is None else f"{_text(score)} of 100"


def _text(value: Any) -> str:
    if value is None:
        return ""
    try:
        text = value if isinstance(value, str) else orjson.dumps(value, option=_INDENTED).decode()
    except orjson.JSONEncodeError:  # it is nested too deeply
        text = "…"
    return _cut(text, _MOST_TEXT)

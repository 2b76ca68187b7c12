"""Time ranges of reports: relative times and names of periods, written out as Vapi takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any, cast

from vapi_mcp.accounts.time_zones import zone
from vapi_mcp.invocation.arguments.dates import is_relative
from vapi_mcp.registry.tool import Tool
from vapi_mcp.relative_times import EXAMPLES, Period, read_period
from vapi_mcp.rfc3339 import write_moment

# The start of a range over everything: there is nothing from before.
_ALL = ("all", "all time", "ever")
_BEGINNING = "2020-01-01T00:00:00.000Z"
# What insights take as it is; 1m is a month there.
_KNOWN_TO_INSIGHTS = re.compile(r"now|-\d{1,5}[hdwmy]")


def with_times_written_out(
    tool: Tool, body: dict[str, Any], now: datetime
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the body of a report with its time ranges written out, and problems by place.

    Reports that are saved keep what they have: a date would stand still.
    """
    if tool.spec.effect != "read" or tool.spec.resource not in ("analytics", "insights"):
        return body, []
    problems: list[tuple[str, str]] = []
    for place, holder, name in _ranges(body):
        given = holder[name]
        if not isinstance(given, dict):
            continue
        try:
            written = _written(tool, cast("dict[str, Any]", given), now)
        except _NoDate as error:
            problems.append((f"{place}.{error.end}", error.problem))
        else:
            if written != given:
                body = _with(body, place, written)
    return body, problems


class _NoDate(ValueError):
    def __init__(self, end: str, problem: str) -> None:
        super().__init__(problem)
        self.end = end
        self.problem = problem


def _ranges(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    for name in ("timeRange", "timeRangeOverride"):
        if name in body:
            yield name, body, name
    queries = body.get("queries")
    for at, query in enumerate(cast("list[Any]", queries) if isinstance(queries, list) else ()):
        if isinstance(query, dict) and "timeRange" in query:
            yield f"queries[{at}].timeRange", cast("dict[str, Any]", query), "timeRange"


def _with(body: dict[str, Any], place: str, written: dict[str, Any]) -> dict[str, Any]:
    if not place.startswith("queries"):
        return {**body, place: written}
    at = int(place.split("[")[1].split("]", maxsplit=1)[0])
    queries = list(body["queries"])
    queries[at] = {**queries[at], "timeRange": written}
    return {**body, "queries": queries}


def _written(tool: Tool, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    where, written = _zone(given.get("timezone")), dict(given)
    start = _period(tool, "start", given.get("start"), now, where)
    end = _period(tool, "end", given.get("end"), now, where)
    if _is_all(given.get("start")):
        written["start"] = _BEGINNING
    elif start:
        written["start"] = _text(start.start)
        # A period that is over ends where it ends; one that is not, now.
        if given.get("end") is None and not start.is_moment and start.end <= now:
            written["end"] = _text(start.end)
    if end:
        written["end"] = _text(min(end.end, now) if end.start <= now else end.end)
    return written


def _period(tool: Tool, end: str, given: Any, now: datetime, where: tzinfo) -> Period | None:
    """Return what a relative time means; None of what is sent as it is."""
    if not is_relative(given) or _is_all(given):
        return None
    if tool.spec.resource == "insights" and _KNOWN_TO_INSIGHTS.fullmatch(given):
        return None
    try:
        return read_period(given, now, where)
    except ValueError:
        if tool.spec.resource == "insights":
            return None
        raise _NoDate(end, f"{given[:40]!r} is no date: {EXAMPLES}, or all time") from None


def _is_all(given: Any) -> bool:
    return isinstance(given, str) and given.strip().lower() in _ALL


def _zone(name: Any) -> tzinfo:
    try:
        return zone(name) if isinstance(name, str) else UTC
    except ValueError:
        return UTC


def _text(moment: datetime) -> str:
    return write_moment(moment.astimezone(UTC), "milliseconds")

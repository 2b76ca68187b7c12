from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from vapi_mcp.audit.summary import EntryFigures, Figures, Group, summarise

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def figures(day: int = 0, **values: Any) -> EntryFigures:
    given: dict[str, Any] = {
        "created_at": NOW + timedelta(days=day),
        "tool_name": "a",
        "server_id": "s",
        "status": 200,
        "outcome": "read",
        "duration": 10.0,
        "tokens": 5,
        **values,
    }
    return EntryFigures(**given)


def test_each_day_has_its_figures_and_an_empty_one_is_there() -> None:
    entries = [figures(0), figures(2, status=500, duration=None, tokens=None)]
    found = summarise(entries, date(2026, 3, 2), date(2026, 3, 4))
    assert found.days == (
        Group("2026-03-02", Figures(calls=1, median=10.0, slow=10.0, tokens=5)),
        Group("2026-03-03", Figures()),
        Group("2026-03-04", Figures(calls=1, errors=1)),
    )


def test_half_and_95_in_a_hundred_are_faster() -> None:
    entries = [figures(duration=float(number)) for number in range(100)]
    found = summarise(entries, date(2026, 3, 2), date(2026, 3, 2)).all
    assert (found.median, found.slow) == (50.0, 95.0)


def test_a_refusal_by_policy_is_told_from_other_errors() -> None:
    entries = [
        figures(status=403, outcome="refused"),
        figures(status=400, outcome="refused"),
        figures(status=403, outcome="failed"),
    ]
    found = summarise(entries, date(2026, 3, 2), date(2026, 3, 2)).all
    assert (found.calls, found.errors, found.blocked) == (3, 3, 1)


def test_the_busiest_tools_and_servers_come_first() -> None:
    entries = [figures(tool_name="b"), *(figures(server_id="t") for _ in range(2))]
    entries += [figures(tool_name=None, server_id=None)]
    found = summarise(entries, date(2026, 3, 2), date(2026, 3, 2))
    assert [(each.name, each.figures.calls) for each in found.tools] == [("a", 2), ("b", 1)]
    assert [(each.name, each.figures.calls) for each in found.servers] == [("t", 2), ("s", 1)]

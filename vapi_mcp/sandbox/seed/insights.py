"""Insights of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.draws import SeededRandom

Part = dict[str, Any]


def seed_insights(draws: SeededRandom) -> list[Part]:
    """Return eight insights over the call table: bars, pies, lines and a text."""
    insights = _bars(draws) | _pies(draws) | _lines(draws) | _text(draws)
    return [
        draws.stamped("insight", key, 40) | {"timeRange": _range(insight["type"])} | insight
        for key, insight in insights.items()
    ]


def _bars(draws: SeededRandom) -> dict[str, Part]:
    empathy = draws.id_of("structured-output", "empathy")
    return {
        "calls-by-assistant": {
            "type": "bar",
            "name": "Calls by assistant",
            "groupBy": "assistantId",
            "queries": [_count("calls")],
            "metadata": {"yAxisLabel": "calls", "yAxisMin": 0},
        },
        "cost-by-type": {
            "type": "bar",
            "name": "Cost by type of call",
            "groupBy": "type",
            "queries": [_number("spent", "cost", "sum")],
            "metadata": {"yAxisLabel": "dollars"},
        },
        "empathy-by-assistant": {
            "type": "bar",
            "name": "Average empathy by assistant",
            "groupBy": "assistantId",
            "queries": [
                {
                    "type": "vapiql-json",
                    "table": "call",
                    "column": f"artifact.structuredOutputs[{empathy}]",
                    "operation": "average",
                    "name": "empathy",
                }
            ],
            "metadata": {"yAxisMin": 0, "yAxisMax": 100},
        },
    }


def _pies(draws: SeededRandom) -> dict[str, Part]:
    support = draws.id_of("assistant", "support")
    return {
        "ended-reasons": {
            "type": "pie",
            "name": "How calls end",
            "groupBy": "endedReason",
            "queries": [_count("calls")],
        },
        "support-endings": {
            "type": "pie",
            "name": "How support calls end",
            "groupBy": "endedReason",
            "queries": [_count("calls", _equals("assistantId", support))],
        },
    }


def _lines(draws: SeededRandom) -> dict[str, Part]:
    campaign = draws.id_of("campaign", "renewals-autumn")
    return {
        "calls-per-day": {
            "type": "line",
            "name": "Calls per day",
            "queries": [_count("calls"), _number("length", "duration", "average")],
            "metadata": {"xAxisLabel": "day", "yAxisLabel": "calls"},
        },
        "renewal-mailboxes": {
            "type": "line",
            "name": "Share of renewal calls that reach a voicemail",
            "queries": [
                _count("all", _equals("campaignId", campaign)),
                _count(
                    "mailboxes",
                    _equals("campaignId", campaign),
                    _equals("endedReason", "voicemail"),
                ),
            ],
            "formulas": [{"name": "share", "formula": "{{mailboxes}} / {{all}} * 100"}],
        },
    }


def _text(draws: SeededRandom) -> dict[str, Part]:
    support = draws.id_of("assistant", "support")
    return {
        "support-cost-per-call": {
            "type": "text",
            "name": "Cost of a support call",
            "queries": [
                _number("spent", "cost", "sum", _equals("assistantId", support)),
                _count("calls", _equals("assistantId", support)),
            ],
            "formula": {"name": "dollars a call", "formula": "{{spent}} / {{calls}}"},
        },
    }


def _range(kind: str) -> Part:
    time_range = {"start": "-30d", "end": "now", "timezone": "UTC"}
    return time_range | ({"step": "day"} if kind in {"bar", "line"} else {})


def _count(name: str, *filters: Part) -> Part:
    query = {"type": "vapiql-json", "table": "call", "column": "id", "operation": "count"}
    return query | {"name": name, "filters": list(filters)}


def _number(name: str, column: str, operation: str, *filters: Part) -> Part:
    query = {"type": "vapiql-json", "table": "call", "column": column, "operation": operation}
    return query | {"name": name, "filters": list(filters)}


def _equals(column: str, value: str) -> Part:
    return {"column": column, "operator": "=", "value": value}

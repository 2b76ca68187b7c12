"""Charts in the answers of insights and analytics."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from vapi_mcp.invocation.charts.chart import charts_of

_RANGE = {"start": "2026-11-01T00:00:00.000Z", "end": "2026-11-03T00:00:00.000Z", "step": "day"}


def test_each_analytics_query_is_a_chart_with_a_line_for_each_group() -> None:
    rows = [
        {"date": "2026-11-02", "endedReason": "voicemail", "calls": 1},
        {"date": "2026-11-01", "endedReason": None, "calls": 2},
        {"date": "2026-11-02", "endedReason": None, "calls": 3.5},
    ]

    shown = charts_of([{"name": "ends", "timeRange": _RANGE, "result": rows}, {"result": []}])

    assert shown == [
        {
            "title": "ends",
            "kind": "line",
            "axis": "date",
            "labels": ["2026-11-01", "2026-11-02"],
            "series": [
                {"measure": "calls", "group": "voicemail", "values": [None, 1]},
                {"measure": "calls", "group": "none", "values": [2, 3.5]},
            ],
            "leftOut": {"series": 0, "labels": 0},
            "range": {**_RANGE, "timezone": ""},
        }
    ]


def test_a_group_without_any_figure_is_no_series() -> None:
    rows = [
        {"date": "2026-11-01", "assistantId": "a", "score": None},
        {"date": "2026-11-01", "assistantId": "b", "score": 0},
    ]

    [chart] = charts_of({"data": rows})

    assert [each["group"] for each in chart["series"]] == ["b"]
    assert chart["leftOut"] == {"series": 0, "labels": 0}


def test_two_figures_of_a_group_are_two_series() -> None:
    rows = [{"date": "2026-11-01", "type": "a", "calls": 1, "cost": 2}]

    [chart] = charts_of({"type": "bar", "data": rows})

    assert chart["kind"] == "bar"
    assert [(each["measure"], each["group"]) for each in chart["series"]] == [
        ("calls", "a"),
        ("cost", "a"),
    ]


def test_groups_without_dates_are_bars_in_the_order_of_vapi() -> None:
    rows = [{"endedReason": None, "calls": 23}, {"endedReason": "voicemail", "calls": 33}]

    [chart] = charts_of({"type": "pie", "data": rows})

    assert (chart["kind"], chart["axis"], chart["labels"]) == (
        "bar",
        "endedReason",
        ["none", "voicemail"],
    )
    assert chart["series"] == [{"measure": "calls", "group": "", "values": [23, 33]}]


def test_a_column_that_tells_no_rows_apart_is_no_group() -> None:
    rows = [{"name": "a", "value": 1, "key": "calls"}, {"name": "b", "value": 2, "key": "calls"}]

    [chart] = charts_of({"type": "pie", "data": rows})

    assert (chart["axis"], chart["labels"]) == ("name", ["a", "b"])


def test_one_row_without_a_group_is_plain_figures() -> None:
    [chart] = charts_of({"type": "text", "data": [{"spent": 2.9, "calls": 37}]})

    assert (chart["kind"], chart["axis"], chart["labels"]) == ("figures", None, [""])
    assert [each["values"] for each in chart["series"]] == [[2.9], [37]]


def test_a_single_date_is_bars_and_no_line() -> None:
    [chart] = charts_of({"type": "line", "data": [{"date": "2026-11-01", "calls": 3}]})

    assert chart["kind"] == "bar"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        "text",
        [1, None, {}],
        {"data": 5},
        {"data": [None, 1, "x"]},
        {"data": [{"a": None}, {"a": True}, {"b": "text"}, {"c": [1]}]},
        {"data": [{"a": 1}, {"a": "mixed"}]},
    ],
)
def test_an_answer_without_rows_of_numbers_has_no_chart(answer: Any) -> None:
    assert charts_of(answer) == []


def test_only_the_largest_series_and_the_latest_dates_are_shown() -> None:
    rows = [
        {"date": f"2026-{day:04}", "assistantId": f"a{which}", "calls": which}
        for day in range(500)
        for which in range(20)
    ]

    [chart] = charts_of([{"name": "n" * 500, "result": rows}])

    assert chart["leftOut"] == {"series": 12, "labels": 380}
    assert [each["group"] for each in chart["series"]] == [f"a{which}" for which in range(12, 20)]
    assert (chart["labels"][0], chart["labels"][-1]) == ("2026-0380", "2026-0499")
    assert len(chart["title"]) == 120


def test_only_the_largest_groups_are_shown() -> None:
    rows = [{"customer": f"c{which}" * 99, "calls": which} for which in range(200)]

    [chart] = charts_of({"data": rows})

    assert chart["leftOut"] == {"series": 0, "labels": 80}
    assert chart["series"][0]["values"] == list(range(80, 200))
    assert len(orjson.dumps(charts_of([{"result": rows}] * 50))) < 100_000

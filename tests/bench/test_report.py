"""The page, the plot and the JSON show what a run measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.bench.comparison import against_previous, bars, summary
from tests.bench.growth import Growth
from tests.bench.lanes import FASTMCP, FLOOR, HTTP_LEGACY, LANE_NAMES, PREVIOUS_HTTP, SDK_HTTP
from tests.bench.outcome import Memory, Outcome
from tests.bench.page import END, PAGE
from tests.bench.plot import Bar, svg
from tests.bench.questions import GET, QUESTIONS
from tests.bench.report import BEGIN, BEGIN_SUMMARY, as_json, cells_in, write
from tests.bench.rounds import Plan
from tests.bench.rows import CELLS, Cell, Row, rows_of
from tests.bench.samples import Sample
from tests.bench.stage import Held
from tests.bench.starts import Start
from tests.bench.targets import Verdict, verdicts
from tests.bench.workers import Workers

SAMPLE = Sample(rate=100.0, p50=1.0, p99=2.0, cpu=500.0, size=6_000)
HELD = Held(3 * 2**20, 2**20)
OUTCOME = Outcome(
    plan=Plan(2, 1.0),
    rows=rows_of({cell: [SAMPLE] for cell in CELLS}),
    starts={"stdio": Start(1.5, 0.5), "F2, stdio": Start(2.0, None)},
    memory={"stdio": Memory(HELD, HELD), "F2, stdio": Memory(HELD, Held(None, None))},
    left_out={FASTMCP: "RuntimeError: no network"},
    load=0.5,
    growth=Growth(15.0, 100, 200.0, 201.0, 0.25),
    workers=Workers(100.0, 110.0, 1.1),
)


def test_performance_page_has_the_rows_the_benchmark_measures() -> None:
    assert set(CELLS) <= set(cells_in(PAGE.read_text()))


def test_ratio_compares_samples_of_the_same_round() -> None:
    floor, ours = Cell(GET.name, 1, FLOOR), Cell(GET.name, 1, HTTP_LEGACY)
    rows = rows_of(
        {
            floor: [SAMPLE, replace(SAMPLE, rate=10.0), replace(SAMPLE, rate=200.0)],
            ours: [replace(SAMPLE, rate=rate, p99=6.0) for rate in (50.0, 5.0, 20.0)],
        }
    )
    assert rows == [
        Row(floor, 100.0, 1.0, 2.0, 500.0, 6_000, 1.0, 1.0, (100.0, 10.0, 200.0)),
        Row(ours, 20.0, 1.0, 6.0, 500.0, 6_000, 0.5, 3.0, (50.0, 5.0, 20.0)),
    ]


def test_previous_release_is_compared_round_by_round() -> None:
    ours, before = Cell(GET.name, 1, HTTP_LEGACY), Cell(GET.name, 1, PREVIOUS_HTTP)
    rates = {ours.by(FLOOR): (1.0, 1.0), ours: (50.0, 90.0), before: (10.0, 30.0)}
    rows = rows_of({c: [replace(SAMPLE, rate=r) for r in each] for c, each in rates.items()})
    assert against_previous(rows) == {ours: 4.0}


def test_writing_replaces_only_what_stands_between_the_markers(tmp_path: Path) -> None:
    page, plot = tmp_path / "page.md", tmp_path / "pictures" / "plot.svg"
    page.write_text(f"a\n{BEGIN_SUMMARY}\nold\n{END}\nb\n{BEGIN}\nold\n{END}\nc\n")
    write(OUTCOME, page, plot)
    text = page.read_text()
    assert text.startswith(f"a\n{BEGIN_SUMMARY}\n\n**Of the floor's rate (F1), 16 at once: 1.00")
    assert f"\n\n{END}\nb\n{BEGIN}\n\nMeasured on" in text
    assert text.endswith(f"{END}\nc\n")
    assert "old" not in text
    assert "A short run" not in text
    assert cells_in(text) == list(CELLS)
    assert [line[4:] for line in text.splitlines() if line.startswith("### ")] == [
        "To reach",
        *(question.name for question in QUESTIONS),
        "Starts",
        "Memory",
    ]
    assert "| stdio | 1.50 | 0.50 |\n| F2, stdio | 2.00 | n/a |" in text
    assert "| stdio | 3 | 3 | 1 | 1 |\n| F2, stdio | 3 | n/a | 1 | n/a |" in text
    assert f"* Left out: {FASTMCP} (RuntimeError: no network)." in text
    assert _parsed(plot.read_text()).tag.endswith("svg")


def test_a_run_of_one_round_is_marked_as_short(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN_SUMMARY}\n{END}\n{BEGIN}\n{END}\n")
    write(replace(OUTCOME, plan=Plan(1, 1.0)), page, tmp_path / "plot.svg")
    assert "**A short run, with rough figures. Of the floor" in page.read_text()
    assert "**A short run: these figures are rough.**" in page.read_text()


def test_first_line_names_the_floor_every_peer_and_what_was_not_measured() -> None:
    assert summary(OUTCOME) == (
        "Of the floor's rate (F1), 16 at once: 1.00 (HTTP) and 1.00 (stdio) on *get one assistant*,"
        " 1.00 (HTTP) and 1.00 (stdio) on *list 100 calls*, 1.00 (HTTP) and 1.00 (stdio) on"
        " *tools/list*."
        " Against the SDK's bare server (F2), on the same: 1.00, 1.00, 1.00 times its rate."
        " Against the SDK's bare server over stdio, on the same: 1.00, 1.00, 1.00 times its rate."
        " Not measured here: Vapi's own server, stdio and FastMCP from_openapi, HTTP."
    )


def test_json_has_every_figure() -> None:
    found = as_json(OUTCOME)
    assert [set(row) for row in found["rows"]] == len(CELLS) * [
        {"work", "way", "at_once", "rps", "p50_ms", "p99_ms", "cpu_us", "of_floor"}
    ]
    assert found["rows"][0] == {
        "work": GET.name,
        "way": FLOOR,
        "at_once": 1,
        "rps": 100.0,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "cpu_us": 500.0,
        "of_floor": 1.0,
    }
    assert found["starts"]["stdio"] == {"seconds": 1.5, "cpu_seconds": 0.5}
    assert found["memory"]["F2, stdio"]["rss_after"] is None
    assert found["growth"]["mib_a_minute"] == 0.25
    assert found["workers"]["ratio"] == 1.1
    assert found["left_out"] == OUTCOME.left_out


def test_every_goal_that_was_measured_is_judged() -> None:
    found = {each.what: each.is_reached for each in verdicts(OUTCOME)}
    assert found["get one assistant, stdio, at 64: rate over F1's"]
    assert not found["list 100 calls, stdio, at 64: rate over F1's"]
    assert found["get one assistant, HTTP, modern, at 64: p99 over F1's"]
    assert not found["start, stdio: seconds over F2's"]
    # In 15 s a slope tells nothing yet.
    assert not any("growth" in each for each in found)
    watched = replace(OUTCOME, growth=Growth(600.0, 4000, 200.0, 201.0, 0.25))
    judged = {each.what: each.is_reached for each in verdicts(watched)}
    assert not judged["growth of memory under lists of 2 MB for 600 s: MiB a minute"]
    assert found["two workers and PostgreSQL: CPU of a call over one worker's and SQLite"]
    # F2's memory after load is not known, and no host was started.
    assert not [what for what in found if "memory after load" in what or "hosted" in what]


def test_a_goal_is_judged_as_it_is_shown() -> None:
    assert Verdict("rate", 0.9, 0.896).is_reached
    assert not Verdict("rate", 0.9, 0.894).is_reached
    assert Verdict("p99", 3.0, 3.004, is_least=False).is_reached
    assert not Verdict("p99", 3.0, 3.006, is_least=False).is_reached


def test_plot_has_a_bar_for_every_way_but_the_floor_and_a_mark_for_every_goal() -> None:
    groups = bars(OUTCOME)
    assert [heading.partition(", 16")[0] for heading in groups] == [q.name for q in QUESTIONS]
    got = next(iter(groups.values()))
    assert [bar.label.removeprefix("vapi-mcp, ") for bar in got] == list(LANE_NAMES[1:])
    assert Bar(f"vapi-mcp, {HTTP_LEGACY}", 1.0, "ours", 0.9) in got
    assert Bar(SDK_HTTP, 1.0, "sdk") in got
    drawn = svg({"get & list": [Bar("a", 0.5, "ours", 0.9), Bar("b", 0.0, "sdk")]}, "Rates <of F1>")
    parts = [each.get("class") for each in _parsed(drawn).iter() if each.get("class")]
    assert (parts.count("goal"), parts.count("ours"), parts.count("sdk")) == (1, 1, 1)


def _parsed(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314 - we made it

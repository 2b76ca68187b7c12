"""The benchmark runs, and ends what it starts. Nothing here judges a speed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bench.growth import growth_of
from tests.bench.lanes import ASKED, HTTP_LEGACY, LANE_NAMES, Lane
from tests.bench.outcome import Extras, run
from tests.bench.product import Product
from tests.bench.questions import GET, TOOLS, Question
from tests.bench.rounds import Plan
from tests.bench.rows import CELLS, Cell
from tests.bench.stage import set_stage
from tests.bench.starts import measured_starts
from tests.bench.workers import Workers, workers_of


async def test_one_cell_is_measured_over_every_way_and_ends_what_it_started() -> None:
    cells = tuple(Cell(GET.name, 2, lane) for lane in LANE_NAMES)
    said: list[str] = []
    plan = Plan(rounds=1, seconds=0.02, starts=0, growth=0, cells=cells)
    outcome = await run(plan, said.append, Extras(previous=Path("/nowhere")))
    assert said == ["round 1 of 1"]
    assert [row.cell for row in outcome.rows] == list(cells)
    assert all(row.size >= 6_000 and row.rate > 0 for row in outcome.rows)
    assert outcome.rows[0].ratio == 1
    hosts = {"hosted" if HTTP_LEGACY in name else name for name in LANE_NAMES}
    assert set(outcome.memory) == hosts - {"HTTP, modern"}
    assert list(outcome.left_out) == ["previous release"]


def test_every_way_is_asked_everything_that_it_has() -> None:
    asked = {lane: {cell.question for cell in CELLS if cell.lane == lane} for lane in LANE_NAMES}
    assert asked == {lane: {each.name for each in given} for lane, given in ASKED.items()}
    assert {cell.at_once for cell in CELLS if cell.question == GET.name} == {1, 16, 64}
    assert {cell.at_once for cell in CELLS if cell.question == TOOLS.name} == {1, 16}


@asynccontextmanager
async def _failing() -> AsyncGenerator[Sequence[Lane]]:
    if ASKED:
        raise RuntimeError("it did\nnot start")
    yield []


async def test_an_optional_way_that_does_not_start_is_left_out_with_its_reason() -> None:
    async with set_stage({}, {"a peer": _failing}) as stage:
        assert (stage.lanes, stage.left_out) == ([], {"a peer": "RuntimeError: it did not start"})


@asynccontextmanager
async def _not_beginning() -> AsyncGenerator[Lane]:
    async with _failing() as lanes:
        yield lanes[0]


async def test_a_start_that_fails_ends_the_run_only_where_it_must_work() -> None:
    begins = {"a peer": _not_beginning}
    starts = await measured_starts(begins, 2, must=(), note=print)
    assert (starts.found, list(starts.left_out)) == ({}, ["a peer"])
    with pytest.raises(RuntimeError, match="not start"):
        await measured_starts(begins, 2, must=["a peer"], note=print)


def test_another_copy_is_found_in_a_checkout_and_in_an_environment(tmp_path: Path) -> None:
    for place in (tmp_path / "checkout" / ".venv" / "bin", tmp_path / "environment" / "bin"):
        place.mkdir(parents=True)
        (place / "vapi-mcp").touch()
        directory = tmp_path / place.relative_to(tmp_path).parts[0]
        found = Product.installed_in(directory, tmp_path, "http://127.0.0.1:1")
        assert found.command == [str(place / "vapi-mcp")]
    with pytest.raises(FileNotFoundError, match="vapi-mcp in"):
        Product.installed_in(tmp_path, tmp_path, "http://127.0.0.1:1")


def test_growth_leaves_the_first_third_out() -> None:
    looks = [(0.0, 10.0), (1.0, 90.0), (2.0, 100.0), (3.0, 101.0), (4.0, 102.0), (5.0, 103.0)]
    growth = growth_of(looks, 6.0, 12)
    assert (growth.first, growth.last) == (100.5, 102.5)
    assert growth.slope == pytest.approx(60.0)


def test_workers_are_compared_round_by_round() -> None:
    costs = [(100.0, 110.0), (200.0, 200.0), (50.0, 100.0)]
    assert workers_of(costs) == Workers(100.0, 110.0, 1.1)


def test_a_question_keeps_its_name_in_the_words_of_another_server() -> None:
    put = GET.put_as("get_assistant", {"assistantId": "a1"})
    params = {"name": "get_assistant", "arguments": {"assistantId": "a1"}}
    assert put == Question(GET.name, "tools/call", params)

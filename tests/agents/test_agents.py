from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.agents.__main__ import STAND_IN
from tests.agents.report import as_json, table
from tests.agents.running import run_task
from tests.agents.tasks import all_tasks, chosen
from tests.clients.target import running_target


def test_the_stand_in_does_every_task_in_the_fewest_calls() -> None:
    # One demo for all, as no task hangs on what another changes.
    with running_target() as target:
        runs = [run_task(task, STAND_IN, target.summary, 60) for task in all_tasks()]
    assert {run.task.name: run.problems for run in runs if run.problems} == {}
    assert [len(run.calls) for run in runs] == [run.task.least for run in runs]
    whole = as_json(runs)
    assert (whole["done"], whole["refused"], whole["calls"]) == (10, 0, whole["least"])
    assert all(run.tokens > 0 and run.list_tokens > 10_000 for run in runs)
    assert table(runs).splitlines()[-1].startswith("| **all** | 10 of 10 |")
    json.dumps(whole)


def test_an_agent_that_does_nothing_has_done_nothing(tmp_path: Path) -> None:
    task = chosen(["who_answers"])[0]
    (tmp_path / "idle.py").write_text("print('I do not know.')", encoding="utf-8")
    with running_target() as target:
        run = run_task(task, f"python3 {tmp_path}/idle.py", target.summary, 60)
    assert (run.calls, run.said, run.problems) == (
        [],
        "I do not know.\n",
        ["the answer lacks Customer Support"],
    )


def test_a_task_can_be_chosen_by_name() -> None:
    assert [task.name for task in chosen(["who_answers"])] == ["who_answers"]
    with pytest.raises(SystemExit, match="no task is called sleep; there are appoint_number,"):
        chosen(["sleep"])

"""Runs an agent on the tasks, against `vapi-mcp demo`; docs/agents.md says how.

python -m tests.agents --command 'my-agent --mcp {url} --prompt {prompt}' [TASK...]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.agents.report import as_json, table
from tests.agents.running import Run, run_task
from tests.agents.tasks import Task, chosen
from tests.clients.target import running_target

STAND_IN = f"{sys.executable} -m tests.agents.stand_in {{url}} {{prompt}}"


def main(words: list[str]) -> int:
    """Run the tasks, print the table; 1 if one was not done."""
    given = _parser().parse_args(words)
    runs = run_all(chosen(given.tasks), given.command, seconds=given.seconds)
    sys.stdout.write(table(runs))
    if given.json:
        text = json.dumps(as_json(runs), indent=2, ensure_ascii=False)
        given.json.write_text(text + "\n", encoding="utf-8")
    return int(any(run.problems for run in runs))


def run_all(tasks: list[Task], command: str = STAND_IN, *, seconds: float = 600) -> list[Run]:
    """Run the tasks one after the other, each in a demo of its own."""
    runs: list[Run] = []
    for task in tasks:
        with running_target() as target:
            runs.append(run_task(task, command, target.summary, seconds))
        done = "done" if not runs[-1].problems else "; ".join(runs[-1].problems)
        sys.stderr.write(f"{task.name}: {done}, {len(runs[-1].calls)} calls\n")
    return runs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.agents", description=__doc__)
    parser.add_argument("tasks", nargs="*", help="names of tasks; all without one")
    parser.add_argument(
        "--command",
        default=STAND_IN,
        help="the agent, with {url} and {prompt}; without {prompt} it reads it from its input; "
        "it prints its answer (default: the scripted stand-in)",
    )
    parser.add_argument("--json", type=Path, help="write all that was recorded to this file")
    parser.add_argument("--seconds", type=float, default=600, help="the longest time of one task")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

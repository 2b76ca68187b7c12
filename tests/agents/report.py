"""The table and the JSON of a series of runs."""

from __future__ import annotations

from typing import Any

from tests.agents.running import Run

_HEAD = """| Task | Done | Calls | Least | Times | Refused | Tokens |
| --- | --- | --- | --- | --- | --- | --- |"""


def table(runs: list[Run]) -> str:
    """Return the table, in Markdown."""
    rows = [_row(run.task.name, run, run.task.least) for run in runs]
    return "\n".join([_HEAD, *rows, _total(runs)]) + "\n"


def as_json(runs: list[Run]) -> dict[str, Any]:
    """Return all that was recorded."""
    return {
        "calls": sum(len(run.calls) for run in runs),
        "least": sum(run.task.least for run in runs),
        "refused": sum(run.refused for run in runs),
        "tokens": sum(run.tokens for run in runs),
        "done": sum(not run.problems for run in runs),
        "tasks": [_record(run) for run in runs],
    }


def _record(run: Run) -> dict[str, Any]:
    calls = [
        {
            "tool": call.tool,
            "arguments": call.arguments,
            "refused": call.refused,
            "tokens": call.tokens,
            **({"answer": call.answer} if call.refused else {}),
        }
        for call in run.calls
    ]
    return {
        "task": run.task.name,
        "prompt": run.task.prompt,
        "least": run.task.least,
        "list_tokens": run.list_tokens,
        "seconds": round(run.seconds, 1),
        "said": run.said,
        "problems": run.problems,
        "calls": calls,
    }


def _row(name: str, run: Run, least: int) -> str:
    done = "; ".join(run.problems) or "yes"
    calls = len(run.calls)
    cells = [name, done, calls, least, f"{calls / least:.1f}", run.refused, f"{run.tokens:,}"]
    return "| " + " | ".join(map(str, cells)) + " |"


def _total(runs: list[Run]) -> str:
    whole = as_json(runs)
    done, times = f"{whole['done']} of {len(runs)}", whole["calls"] / max(whole["least"], 1)
    counts = f"{whole['calls']} | {whole['least']} | {times:.1f} | {whole['refused']}"
    return f"| **all** | {done} | {counts} | {whole['tokens']:,} |"

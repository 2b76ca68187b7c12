"""The tasks, as data: one file each in tasks/."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A look into the simulated Vapi.

    get: a path of its API. where: what an item has, by dotted key; `*` in a text stands for
    anything. value: the key that is wanted of every match; without it, the number of matches.
    count: that number, as it has to be.
    """

    get: str
    where: dict[str, Any] = field(default_factory=dict[str, Any])
    value: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task.

    prompt: all that an agent is told. least: the calls that it needs at least. answer: what its
    last words have to hold. state: what is so afterwards. unchanged: paths whose objects stay as
    they are. stand_in: the calls of the scripted agent; says: its last words.
    """

    name: str
    prompt: str
    least: int
    answer: list[str | Question]
    state: list[Question]
    unchanged: list[str]
    stand_in: list[dict[str, Any]]
    says: str


def all_tasks() -> list[Task]:
    """Return the tasks in the order of their names."""
    return [_task(path) for path in sorted(_FOLDER.glob("*.yaml"))]


def chosen(names: list[str]) -> list[Task]:
    """Return the named tasks, all of them without a name."""
    tasks = {task.name: task for task in all_tasks()}
    for name in names:
        if name not in tasks:
            raise SystemExit(f"no task is called {name}; there are {', '.join(tasks)}")
    return [task for task in tasks.values() if not names or task.name in names]


def _task(path: Path) -> Task:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    answer = [
        each if isinstance(each, str) else Question(**each) for each in content.pop("answer", [])
    ]
    state = [Question(**each) for each in content.pop("state", [])]
    unchanged = content.pop("unchanged", [])
    return Task(name=path.stem, answer=answer, state=state, unchanged=unchanged, **content)

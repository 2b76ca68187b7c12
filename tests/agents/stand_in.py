"""A scripted agent: it finds its task by the prompt and plays the calls that stand there.

No model is asked. `python -m tests.agents.stand_in URL PROMPT` prints its last words.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any

import mcp
from mcp_types import TextContent

from tests.agents.tasks import Task, all_tasks

_NAME = re.compile(r"\$\{([\w.]+)\}")


async def play(url: str, task: Task) -> str:
    """Make the calls of a task and return its last words, with what the answers gave."""
    answers: list[Any] = []
    async with mcp.Client(url) as client:
        await client.list_tools()
        for call in task.stand_in:
            (tool, arguments), *_ = call.items()
            result = await client.call_tool(tool, _filled(arguments, answers))
            first = result.content[0]
            assert isinstance(first, TextContent)
            answers.append(json.loads(first.text))
    return str(_filled(task.says, answers))


def _filled(value: Any, answers: list[Any]) -> Any:
    """Return a value with `${0.result.0.id}` replaced: the number of the answer, then the keys."""
    if isinstance(value, dict):
        return {key: _filled(each, answers) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, answers) for each in value]
    if isinstance(value, str):
        whole = _NAME.fullmatch(value)
        if whole:
            return _at(answers, whole[1])
        return _NAME.sub(lambda found: str(_at(answers, found[1])), value)
    return value


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


if __name__ == "__main__":
    _url, _prompt = sys.argv[1:]
    _task = next(task for task in all_tasks() if task.prompt == _prompt)
    sys.stdout.write(asyncio.run(play(_url, _task)) + "\n")

"""One run of an agent: a demo of its own, the agent's command, and what came of it."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.agents.checks import World
from tests.agents.recording import Call, Recording
from tests.agents.tasks import Task
from tests.clients.wire import tapped


@dataclass(frozen=True, slots=True)
class Run:
    """What one agent did with one task; problems: what is not as the task wants it."""

    task: Task
    calls: list[Call]
    list_tokens: int
    seconds: float
    said: str
    problems: list[str]

    @property
    def refused(self) -> int:
        """The calls that were refused or failed."""
        return sum(call.refused for call in self.calls)

    @property
    def tokens(self) -> int:
        """The tokens of all answers."""
        return sum(call.tokens for call in self.calls)


def run_task(task: Task, command: str, summary: dict[str, Any], seconds: float) -> Run:
    """Run an agent against a running demo, seen by a proxy between the two."""
    recording = Recording()
    with (
        World.at(summary["sandbox_url"]) as world,
        tapped(summary["admin_url"], recording) as origin,
    ):
        before, began = world.before(task), time.monotonic()
        url = f"{origin}{urlsplit(summary['servers'][0]['url']).path}"
        said, failure = _output(command, url, task.prompt, seconds)
        took = time.monotonic() - began
        problems = [*failure, *world.problems(task, before, said)]
    return Run(task, recording.calls, recording.list_tokens, took, said, problems)


def _output(command: str, url: str, prompt: str, seconds: float) -> tuple[str, list[str]]:
    """Return what the agent printed, and how it failed; it ends with all that it started."""
    words = [
        word.replace("{url}", url).replace("{prompt}", prompt) for word in shlex.split(command)
    ]
    given = None if "{prompt}" in command else prompt
    with subprocess.Popen(  # noqa: S603 - the command is what the user asks for
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "VAPI_MCP_URL": url},
        start_new_session=True,
    ) as agent:
        try:
            said = agent.communicate(given, timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            return "", [f"the agent did not end within {seconds:g} s"]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(agent.pid, signal.SIGKILL)
    return said, [f"the agent ended with status {agent.returncode}"] if agent.returncode else []

"""A run of the conformance suite against a URL, and what it found."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from tests.conformance.installation import suite

_SECONDS = 120
# A folder's name ends with the moment of its run.
_FOLDER = re.compile(r"(?:authorization-)?server-(.+)-\d{4}-\d\d-\d\dT.*")


@dataclass(frozen=True, slots=True)
class Found:
    """What the suite found: its exit code, the checks of each scenario, all that it printed."""

    code: int
    scenarios: Mapping[str, Counter[str]]
    failures: Mapping[str, list[str]]
    output: str

    @property
    def passed(self) -> int:
        """The number of checks that passed."""
        return sum(counts["SUCCESS"] for counts in self.scenarios.values())


async def examine(
    url: str,
    folder: Path,
    *arguments: str,
    version: str = "0.2",
    subject: Literal["server", "authorization"] = "server",
    on_line: Callable[[str], Awaitable[None]] | None = None,
) -> Found:
    """Run the suite, bounded in time, and read its files from an empty folder.

    on_line: what happens at a line that the suite prints.
    """
    command = [*suite(version), subject, "--url", url, "--output-dir", str(folder), *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output = await _read(process, on_line)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    checks = dict(sorted(_checks_in(folder).items()))
    return Found(
        process.returncode or 0,
        {name: Counter(check["status"] for check in found) for name, found in checks.items()},
        {name: failed for name, found in checks.items() if (failed := _failed(found))},
        output,
    )


async def _read(process: Process, on_line: Callable[[str], Awaitable[None]] | None) -> str:
    """Return what a process prints until its end."""
    assert process.stdout is not None
    lines: list[str] = []
    async for line in process.stdout:
        lines.append(line.decode())
        if on_line is not None:
            await on_line(lines[-1].strip())
    await process.wait()
    return "".join(lines)


def _checks_in(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in folder.glob("*/checks.json"):
        name = _FOLDER.fullmatch(path.parent.name)
        assert name is not None, path
        found[name[1]] = orjson.loads(path.read_bytes())
    return found


def _failed(checks: list[dict[str, Any]]) -> list[str]:
    return [
        f"{check['id']}: {check['status']}, {check.get('errorMessage')}"
        for check in checks
        if check["status"] in ("FAILURE", "WARNING")
    ]

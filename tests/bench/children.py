"""The processes under measurement: started here, watched, and ended by their own handles."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
T = TypeVar("T", int, float)

_LONGEST_LINE = 16 * 1024 * 1024
_START_SECONDS = 120
_END_SECONDS = 15
_GONE = (FileNotFoundError, ProcessLookupError)


@dataclass(frozen=True, slots=True)
class Child:
    """A running process of the benchmark; `begun` is the loop's time of its start.

    What it uses includes its own children, such as workers, and is None where the system has no
    /proc.
    """

    process: Process
    begun: float

    async def first_line(self) -> str:
        """Return what the process says first on standard output: where it can be reached.

        Raises:
            RuntimeError: It ended without a word.
        """
        assert self.process.stdout
        async with asyncio.timeout(_START_SECONDS):
            line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("the process ended before it was ready")
        return line.decode().strip()

    def resident_bytes(self) -> int | None:
        """Return its resident memory."""
        return _total(self.process.pid, _resident_bytes)

    def proportional_bytes(self) -> int | None:
        """Return its memory with shared pages divided among those who share them."""
        return _total(self.process.pid, _proportional_bytes)

    def cpu_seconds(self) -> float | None:
        """Return the processor time it used so far."""
        return _total(self.process.pid, _cpu_seconds)


def total_bytes(pid: int) -> int | None:
    """Return the memory of a process and its children, shared pages divided among those."""
    return _total(pid, _proportional_bytes)


def _total(pid: int, figure: Callable[[int], T]) -> T | None:
    try:
        total = figure(pid)
    except _GONE:
        return None
    for each in _descendants(pid):
        with suppress(*_GONE):
            total += figure(each)
    return total


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in _children(task):
            yield child
            yield from _descendants(child)


def _children(task: Path) -> list[int]:
    try:
        return [int(child) for child in (task / "children").read_text().split()]
    except _GONE:  # a thread that ended since
        return []


def _resident_bytes(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _proportional_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _cpu_seconds(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat").read_text()
    # The name in brackets may hold anything; what follows it does not.
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def started(
    *module: str, upstream: str = "", cwd: Path = ROOT, talks: bool = False
) -> AbstractAsyncContextManager[Child]:
    """Run `python -m MODULE …` for as long as the context lasts.

    `upstream` becomes the account's base URL; `talks` gives it an input to write to.
    """
    return launched([sys.executable, "-m", *module], environment(upstream), cwd, talks=talks)


@asynccontextmanager
async def launched(
    command: Sequence[str], env: Mapping[str, str], cwd: Path = ROOT, *, talks: bool = False
) -> AsyncGenerator[Child]:
    """Run a command; what it logs is shown only when something goes wrong."""
    begun = asyncio.get_running_loop().time()
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE if talks else asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=log,
            cwd=cwd,
            env=env,
            limit=_LONGEST_LINE,
        )
        try:
            yield Child(process, begun)
        except Exception:
            log.seek(0)
            said = log.read()[-2000:].decode(errors="replace")
            print(f"{' '.join(command)} logged last:\n{said}", file=sys.stderr)
            raise
        finally:
            await _end(process)


def environment(upstream: str, **extra: str) -> dict[str, str]:
    """Return an environment in which only what is given here configures the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VAPI_")}
    # Limits count, as they do in service, and refuse nothing.
    high = {"VAPI_MCP_SERVER_CALLS_PER_MINUTE": "100000000", "VAPI_MCP_SERVER_CALLS_AT_ONCE": "256"}
    account = {"VAPI_API_KEY": "sandbox-bench", "VAPI_BASE_URL": upstream}
    return {**kept, **high, **account, **extra}


async def _end(process: Process) -> None:
    if process.stdin:
        process.stdin.close()
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()

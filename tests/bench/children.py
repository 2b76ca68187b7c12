"""The processes under measurement: started here, watched, and ended by their own handles."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_LONGEST_LINE = 16 * 1024 * 1024
_START_SECONDS = 60
_END_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Child:
    """A running process of the benchmark; `begun` is the loop's time of its start."""

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
        """Return its resident memory, or None where the system has no /proc."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        except FileNotFoundError:
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self) -> float | None:
        """Return the processor time it used so far, or None where the system has no /proc."""
        try:
            stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        except FileNotFoundError:
            return None
        # The name in brackets may hold anything; what follows it does not.
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def started(
    *module: str, upstream: str = "", cwd: Path = ROOT, talks: bool = False
) -> AsyncGenerator[Child]:
    """Run `python -m MODULE …` for as long as the context lasts.

    `upstream` becomes the account's base URL; `talks` gives it an input to write to. What it
    logs is shown only when something goes wrong.
    """
    begun = asyncio.get_running_loop().time()
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *module,
            stdin=PIPE if talks else asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=log,
            cwd=cwd,
            env=_environment(upstream),
            limit=_LONGEST_LINE,
        )
        try:
            yield Child(process, begun)
        except Exception:
            log.seek(0)
            said = log.read()[-2000:].decode(errors="replace")
            print(f"{' '.join(module)} logged last:\n{said}", file=sys.stderr)
            raise
        finally:
            await _end(process)


def _environment(upstream: str) -> Mapping[str, str]:
    # The settings of whoever runs this are not what is measured.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VAPI_")}
    # Nobody measures how fast a limit refuses.
    unlimited = {"VAPI_MCP_SERVER_CALLS_PER_MINUTE": "0", "VAPI_MCP_SERVER_CALLS_AT_ONCE": "0"}
    return {**kept, **unlimited, "VAPI_API_KEY": "sandbox-bench", "VAPI_BASE_URL": upstream}


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

"""Commands as a shell runs them, without blocking what the test itself serves."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from tests.support.e2e.connecting import ROOT, environment
from vapi_mcp.cli.main import main

KEY = "sandbox-key-that-nobody-may-read"


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one line of JSON on standard output."""
        return orjson.loads(self.out)

    @property
    def told(self) -> str:
        """Standard error without what every command says of its store and of the host it calls."""
        usual = ("store: ", "note: requests and the key go to ")
        return "".join(x for x in self.err.splitlines(True) if not x.startswith(usual))

    @property
    def complaint(self) -> str:
        """The one line on standard error of a command that failed, after what told its progress."""
        return self._line(1)

    @property
    def misuse(self) -> str:
        """The one line on standard error of a command that was written wrongly."""
        return self._line(2)

    def _line(self, code: int) -> str:
        assert (self.code, self.out) == (code, ""), self
        [line] = [line for line in self.told.splitlines() if not line.endswith("…")]
        assert line.startswith("vapi-mcp: ")
        return line


async def run(
    *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None
) -> Ran:
    """Run `vapi-mcp` to its end, with environment variables besides the usual ones."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vapi_mcp",
        *arguments,
        cwd=ROOT,
        env=environment(**(variables or {})),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate(stdin)
    return Ran(process.returncode or 0, out.decode(), err.decode())


def run_here(*arguments: str, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Run a command inside the test's own process, for what needs no process of its own."""
    with _logs_kept(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["vapi-mcp", *arguments])
        patch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    out, err = capsys.readouterr()
    return Ran(code if isinstance(code, int) else 0, out, err)


@contextmanager
def _logs_kept() -> Generator[None]:
    """Undo what a command does to the logs of its process, which here is the test's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


class Shell:
    """The command line over one data directory, and everything it has printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.printed = ""
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        ran = run_here(*arguments, capsys=self._capsys)
        self.printed += ran.out + ran.err
        return ran

    def json(self, *arguments: str) -> Any:
        """Run a command that succeeds in silence; return what it prints with --json."""
        ran = self(*arguments, "--json")
        assert (ran.code, ran.told) == (0, ""), ran
        return ran.json

    def refused(self, *arguments: str) -> str:
        """Run a command that fails; return the line that says why."""
        return self(*arguments).complaint.removeprefix("vapi-mcp: ")

"""Questions at a terminal, and Ctrl-C instead of an answer."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.e2e.connecting import ROOT, environment
from tests.support.e2e.shell import run_here


@pytest.mark.parametrize("words", [["account", "create", "--name", "Acme"]])
def test_interrupt_at_a_question_ends_the_command_at_once(words: list[str], tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "vapi_mcp", *words, "--data-dir", str(tmp_path)],
        cwd=ROOT,
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = b""
    while b"private key:" not in said:
        said += os.read(ours, 1000)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130
    os.close(ours)
    assert b"Traceback" not in said


def test_reading_makes_no_installation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = tmp_path / "nothing"
    for words in (
        ["account", "list"],
        ["account", "delete", "x", "--yes"],
        ["server", "list", "x"],
        ["api-token", "list"],
        ["log", "list"],
        ["log", "export"],
        ["keys", "rotate"],
    ):
        ran = run_here(*words, "--data-dir", str(where), capsys=capsys)
        assert f"there is no installation in {where}" in ran.complaint
    assert not where.exists()


def test_commands_say_which_store_they_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("api-token", "create", "--name", "x", "--data-dir", str(tmp_path))
    assert f"store: {tmp_path / 'vapi-mcp.db'}\n" in run_here(*words, capsys=capsys).err

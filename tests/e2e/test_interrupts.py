"""Ctrl-C instead of an answer to a question at a terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.e2e.connecting import ROOT, environment


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

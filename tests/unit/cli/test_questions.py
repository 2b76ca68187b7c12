"""Questions at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.e2e.shell import run_here


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

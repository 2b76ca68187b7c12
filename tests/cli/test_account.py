from __future__ import annotations

from pathlib import Path

import pytest

from vapi_mcp.access.models import Credential
from vapi_mcp.cli.account import account_from_environment, key_from_environment
from vapi_mcp.settings import load_settings


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("VAPI_API_KEY", "VAPI_TOKEN", "VAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_key_and_place_may_stand_in_the_env_file_beside_the_settings(tmp_path: Path) -> None:
    lines = "VAPI_API_KEY=from-the-file\nVAPI_BASE_URL=https://api.eu.vapi.ai/\n"
    (tmp_path / ".env").write_text(lines)
    account = account_from_environment(load_settings())
    assert account.credential == Credential("from-the-file")
    assert account.base_url == "https://api.eu.vapi.ai"


def test_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("VAPI_API_KEY=from-the-file\n")
    monkeypatch.setenv("VAPI_API_KEY", " from-the-environment ")
    assert key_from_environment() == "from-the-environment"


def test_without_either_there_is_no_key() -> None:
    assert key_from_environment() == ""

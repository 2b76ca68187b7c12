from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.e2e.shell import run_here
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.environment import account_from_environment, key_from_environment, not_at_vapi
from vapi_mcp.security.credential import Credential
from vapi_mcp.settings import load_settings

ELSEWHERE = "https://mirror.example.com"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("VAPI_"):
            monkeypatch.delenv(name)


def _file(directory: Path, **variables: str) -> Path:
    path = directory / "settings.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    return path


def test_key_and_place_may_stand_in_a_file_that_is_named(tmp_path: Path) -> None:
    path = _file(tmp_path, VAPI_API_KEY="of-the-file", VAPI_BASE_URL="https://api.eu.vapi.ai/")
    account = account_from_environment(load_settings(env_file=path), path)
    assert account.credential == Credential("of-the-file")
    assert account.base_url == "https://api.eu.vapi.ai"
    assert not_at_vapi(account) is None


def test_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_API_KEY", " of-the-environment ")
    path = _file(tmp_path, VAPI_API_KEY="of-the-file")
    assert key_from_environment(path) == "of-the-environment"


def test_without_either_there_is_no_key() -> None:
    assert key_from_environment() == ""


@pytest.mark.parametrize("command", [["stdio"], ["call", "list_all_vapi_assistants"]])
def test_stdio_and_call_read_no_file_of_the_directory_they_run_in(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text(f"VAPI_API_KEY=key\nVAPI_BASE_URL={ELSEWHERE}\n")
    assert "no Vapi key" in run_here(*command, capsys=capsys).complaint


@pytest.mark.parametrize("name", ["VAPI_BASE_URL", "VAPI_MCP_UPSTREAM_BASE_URL"])
def test_url_of_a_file_does_not_get_the_key_of_the_environment(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAPI_API_KEY", "key")
    path = _file(tmp_path, **{name: ELSEWHERE})
    with pytest.raises(ConfigurationError, match=f"{name} is set in .*settings.env, but the key"):
        account_from_environment(load_settings(env_file=path), path)


def test_url_beside_the_key_is_taken_and_told(tmp_path: Path) -> None:
    path = _file(tmp_path, VAPI_API_KEY="key", VAPI_BASE_URL=ELSEWHERE)
    account = account_from_environment(load_settings(), path)
    assert not_at_vapi(account) == f"requests and the key go to {ELSEWHERE}, which is not Vapi"


@pytest.mark.parametrize("host", ["vapi.example.com", "10.0.0.7", "localhost@example.com"])
def test_key_never_leaves_the_machine_unencrypted(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAPI_API_KEY", "key")
    monkeypatch.setenv("VAPI_BASE_URL", f"http://{host}")
    with pytest.raises(ConfigurationError, match="VAPI_BASE_URL would send the key to .*https"):
        account_from_environment(load_settings())


@pytest.mark.parametrize("host", ["localhost:8900", "127.0.0.1:8900", "[::1]:8900"])
def test_own_machine_may_stand_in_for_vapi(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAPI_API_KEY", "key")
    monkeypatch.setenv("VAPI_BASE_URL", f"http://{host}")
    assert account_from_environment(load_settings()).base_url == f"http://{host}"


def test_named_file_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    ran = run_here("stdio", "--env-file", "nothing.env", capsys=capsys)
    assert ran.code != 0
    assert "nothing.env" in ran.err

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.stores import access_to
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.data.first_token import make_first_admin_token
from vapi_mcp.security.tokens import API_PREFIX, is_well_formed
from vapi_mcp.settings import Settings, load_settings
from vapi_mcp.store.memory.memory_store import MemoryStore

OWN = "a bootstrap token of an operator's own choice"


def settings(directory: Path, **values: Any) -> Settings:
    return load_settings(env_file=None, data_dir=directory, **values)


def files_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


async def test_without_a_terminal_the_token_goes_to_a_file_of_its_owner(tmp_path: Path) -> None:
    store, data = MemoryStore(), tmp_path / "data"
    told = await make_first_admin_token(store, settings(data))
    [file] = files_in(data)
    token = file.read_text().strip()
    assert file.name == "admin-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert is_well_formed(token, API_PREFIX)
    assert told == f"admin API token in {file}"
    assert (await access_to(store).administrator(token)).kind == "admin"


async def test_second_start_makes_no_second_token_and_leaves_no_trace(tmp_path: Path) -> None:
    store = MemoryStore()
    await make_first_admin_token(store, settings(tmp_path))
    (tmp_path / "admin-token").unlink()
    assert await make_first_admin_token(store, settings(tmp_path)) is None
    assert files_in(tmp_path) == []
    assert len((await store.list_api_tokens(Window())).items) == 1


@pytest.mark.usefixtures("terminal")
async def test_terminal_is_shown_the_token_once_and_no_file_is_written(tmp_path: Path) -> None:
    store = MemoryStore()
    told = await make_first_admin_token(store, settings(tmp_path))
    assert told is not None
    token = told.rpartition(" ")[2]
    assert (await access_to(store).administrator(token)).name == "first"
    assert await make_first_admin_token(store, settings(tmp_path)) is None
    assert files_in(tmp_path) == []


async def test_bootstrap_token_is_kept_exactly_and_told_to_nobody(tmp_path: Path) -> None:
    store = MemoryStore()
    given = settings(tmp_path, bootstrap_api_token=SecretStr(OWN))
    assert await make_first_admin_token(store, given) is None
    assert (await access_to(store).administrator(OWN)).kind == "admin"
    assert files_in(tmp_path) == []


async def test_directory_that_takes_no_file_stops_the_start(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    store = MemoryStore()
    with pytest.raises(ConfigurationError, match="cannot be written to"):
        await make_first_admin_token(store, settings(blocked))
    assert (await store.list_api_tokens(Window())).items == ()

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.e2e.shell import KEY, Shell
from tests.unit.store.conftest import database, server
from vapi_mcp.hosting.sandbox_thread import running_sandbox

__all__ = ["database", "server", "shell", "vapi"]


@pytest.fixture(scope="session")
def vapi() -> Generator[str]:
    with running_sandbox() as url:
        yield url


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], vapi: str
) -> Shell:
    monkeypatch.setenv("VAPI_MCP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VAPI_MCP_UPSTREAM_BASE_URL", vapi)
    monkeypatch.setenv("VAPI_API_KEY", KEY)
    return Shell(capsys)

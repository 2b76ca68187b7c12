"""The API keeps what its document promises, whatever is sent to it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.admin_api import staged
from tests.support.serving import serving
from tests.support.stores import Database, Memory

_CONFIG = Path(__file__).with_name("schemathesis.toml")
_EXAMPLES = "6"
# The coverage phase tries the same edges of each schema in every run, and most end before a store.
_PHASES = {"memory": "examples,fuzzing,stateful", "sqlite": "examples,coverage,fuzzing,stateful"}


@pytest.mark.parametrize("kind", _PHASES)
async def test_schemathesis_finds_nothing(kind: str, tmp_path: Path) -> None:
    where = Memory() if kind == "memory" else Database(tmp_path / "data")
    async with staged(where) as stage, serving(stage.app) as running:
        tried = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli"),
            *("--config-file", str(_CONFIG)),
            *("run", f"{running.url}/openapi.json", "--checks", "all"),
            *("--header", f"Authorization: Bearer {stage.token}"),
            *("--phases", _PHASES[kind], "--max-examples", _EXAMPLES, "--seed", "1"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await tried.communicate()
    assert tried.returncode == 0, said.decode()

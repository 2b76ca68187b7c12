"""The settings of all tests."""

from __future__ import annotations

import os
import ssl
from collections.abc import Generator
from functools import cache

import pytest
from hypothesis import settings

_WITHOUT_WAITING = ("tests/unit", "tests/contract")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return what `-n auto` means: the cores, and more where some tests wait for Vapi's seconds."""
    cores = os.cpu_count() or 1
    if all(path.startswith(_WITHOUT_WAITING) for path in config.args):
        return cores
    return cores + (cores + 1) // 2


# A slow machine is no fault of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def certificates() -> Generator[None]:
    """Read the system's certificates once, not for every HTTP client: that takes 25 ms each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield

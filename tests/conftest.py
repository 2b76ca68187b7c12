from __future__ import annotations

import ssl
from collections.abc import Generator
from functools import cache

import pytest


@pytest.fixture(scope="session", autouse=True)
def certificates() -> Generator[None]:
    """Read the system's certificates once, not for every HTTP client: that takes 25 ms each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield

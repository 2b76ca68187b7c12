from __future__ import annotations

import pytest

from tests.support.waiting import let_waits_take_no_time


@pytest.fixture(autouse=True)
def _waits_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    let_waits_take_no_time(monkeypatch)

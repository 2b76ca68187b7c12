from __future__ import annotations

import re

import pytest

from tests.e2e.shell import run_here
from vapi_mcp.settings import PREFIX, load_settings

WRONG = {
    "PORT": "70000",
    "SERVER_CALLS_AT_ONCE": "-1",
    "SERVER_CALLS_PER_MINUTE": "many",
    "SERVER_STREAMS": "1.5",
    "DRAIN_DELAY": "-0.1",
    "LOG_FORMAT": "xml",
    "LOG_LEVEL": "loud",
    "REQUEST_TIMEOUT": "0",
    "BOOTSTRAP_API_TOKEN": "too-short-a-secret",
    "PUBLIC_URL": "example.com",
}


def test_bad_settings_stop_the_start_with_all_errors_at_once_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in WRONG.items():
        monkeypatch.setenv(PREFIX + name, value)
    complaint = run_here("serve", capsys=capsys).complaint
    assert set(re.findall(rf"{PREFIX}(\w+): ", complaint)) == set(WRONG)
    assert "too-short" not in complaint


def test_zero_lifts_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVER_CALLS_AT_ONCE", "SERVER_CALLS_PER_MINUTE", "SERVER_STREAMS"):
        monkeypatch.setenv(PREFIX + name, "0")
    settings = load_settings()
    limits = (
        settings.server_calls_at_once,
        settings.server_calls_per_minute,
        settings.server_streams,
    )
    assert limits == (0, 0, 0)

from __future__ import annotations

import re

import pytest

from tests.support.e2e.shell import run_here
from vapi_mcp.errors import ConfigurationError
from vapi_mcp.hosting.host_settings import HostSettings
from vapi_mcp.hosting.logging import warn_of_unknown_settings
from vapi_mcp.security.tokens import API_PREFIX, new_token
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
    "ENCRYPTION_KEYS": "too-short-a-key",
    "DATABASE_URL": "postgresql://user:too-short@host/db?sslrootcert=here",
    "SERVER_TOKEN": "vms_too-short",
}


def test_bad_settings_stop_the_start_with_all_errors_at_once_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in WRONG.items():
        monkeypatch.setenv(PREFIX + name, value)
    complaint = run_here("serve", capsys=capsys).complaint
    assert set(re.findall(rf"{PREFIX}(\w+): ", complaint)) == set(WRONG)
    assert "too-short" not in complaint


def test_bootstrap_token_of_our_make_with_a_typo_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = new_token(API_PREFIX)
    typo = token[:-1] + ("A" if token[-1] != "A" else "B")
    monkeypatch.setenv(PREFIX + "BOOTSTRAP_API_TOKEN", typo)
    with pytest.raises(ConfigurationError, match="BOOTSTRAP_API_TOKEN: .* mistyped") as caught:
        load_settings(HostSettings)
    assert typo not in str(caught.value)


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


def test_misspelt_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("VAPI_MCP_DATADIR", "x")
    monkeypatch.setenv("VAPI_MCP_URL", "x")
    monkeypatch.setenv("VAPI_MCP_QQQ", "x")
    for name in ("VAPI_API_KEY", "VAPI_TOKEN", "VAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("VAPI_APIKEY", "VAPI_BASEURL", "VAPI_PUBLIC_KEY", "VAPI_ORG_ID"):
        monkeypatch.setenv(name, "x")
    warn_of_unknown_settings()
    assert [each.message for each in caplog.records] == [
        "nothing reads VAPI_APIKEY; did you mean VAPI_API_KEY?",
        "nothing reads VAPI_BASEURL; did you mean VAPI_BASE_URL?",
        "VAPI_MCP_DATADIR is not a setting, so nothing reads it; did you mean VAPI_MCP_DATA_DIR?",
        "VAPI_MCP_QQQ is not a setting, so nothing reads it",
    ]


def test_variable_of_others_beside_the_key_is_let_be(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("VAPI_API_KEY", "x")
    monkeypatch.setenv("VAPI_API_TOKEN", "x")
    monkeypatch.setenv("VAPI_KEY", "x")
    monkeypatch.setenv("VAPI_TOKEN", "x")
    warn_of_unknown_settings()
    assert caplog.records == []

"""The first words of a hosted service: one structured line; and of one that cannot start."""

from __future__ import annotations

from pathlib import Path

import httpx
import orjson
import pytest

from tests.support.e2e.connecting import command, ports_of
from tests.support.e2e.shell import run_here
from vapi_mcp import __version__


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_start_is_one_line_with_version_and_address_and_probes_are_debug(
    tmp_path: Path, workers: str
) -> None:
    errors = tmp_path / "stderr"
    settings = {
        "VAPI_MCP_DATA_DIR": str(tmp_path / "data"),
        "VAPI_MCP_LOG_FORMAT": "json",
        "VAPI_MCP_LOG_LEVEL": "debug",
    }
    with errors.open("w") as stream:
        given = ("serve", "--port", "0", "--workers", workers)
        with command(given, stream, **settings) as (_, line):
            [port] = ports_of(line)
            url = f"http://127.0.0.1:{port}"
            for path in ("/healthz", "/readyz", "/tools"):
                httpx.get(f"{url}{path}", trust_env=False).raise_for_status()
    lines = [orjson.loads(each) for each in errors.read_bytes().splitlines()]
    starts = [each for each in lines if "serves at" in each["event"]]
    told = {key: starts[0][key] for key in ("event", "level", "version", "url", "workers")}
    assert len(starts) == 1
    assert told == {
        "event": f"vapi-mcp {__version__} serves at {url}",
        "level": "info",
        "version": __version__,
        "url": url,
        "workers": int(workers),
    }
    levels = {each["route"]: each["level"] for each in lines if "route" in each}
    assert levels == {"/healthz": "debug", "/readyz": "debug", "/tools": "info"}


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        (
            "postgresql://vapi_mcp:pa@ss@db.invalid/vapi_mcp",
            2,
            (
                "--database-url: the database URL has an @ in its password, which must be "
                "written as %40; then its host is 'db.invalid'"
            ),
        ),
        # A name under .invalid has no address anywhere (RFC 6761).
        (
            "postgresql://vapi_mcp:pass@db.invalid/vapi_mcp",
            1,
            "the database cannot be used: its host 'db.invalid' has no address",
        ),
    ],
)
def test_a_database_url_that_leads_nowhere_names_its_host_and_the_encoding(
    url: str, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run_here("account", "list", "--database-url", url, capsys=capsys)
    complaint = ran.misuse if code == 2 else ran.complaint
    assert complaint.startswith(f"vapi-mcp: {told}")
    assert "%40" in complaint
    assert "pass" not in complaint.replace("password", "")
    assert "pa@ss" not in complaint

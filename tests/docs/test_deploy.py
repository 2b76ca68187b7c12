"""What docs/deploy.md has people copy, as far as it can be tried without a machine of theirs."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.docs_pages import fences, text_of
from tests.support.e2e.shell import Ran, run, run_here
from vapi_mcp.security.tokens import new_token

DEPLOY = text_of("docs/deploy.md")
TOKEN = new_token()
URLS = (
    "/mcp/TOKEN",
    "/mcp/TOKEN?methods=read",
    "/mcp/TOKEN/",
    "//mcp/TOKEN",
    "/%6dcp/TOKEN",
    "/MCP/TOKEN",
    "/TOKEN",
    "/TOKEN/x",
    "/TOKEN?x",
    "/x/TOKEN",
    "/?token=TOKEN",
    "/sse/TOKEN",
    "/messages/TOKEN/?session_id=0123",
)


def _nginx_map(name: str) -> list[tuple[str, str]]:
    """Return pattern and value of the rules of a map that have a pattern."""
    [block] = re.findall(rf"map \S+ \${name} {{\n(.*?)}}", DEPLOY, re.DOTALL)
    rules = re.findall(r'"~(\S+)"\s+(\S+);', block)
    assert rules
    return [(pattern.replace("(?<", "(?P<"), value.lstrip("$")) for pattern, value in rules]


def _mapped(name: str, url: str) -> str | None:
    found = ((re.search(pattern, url), value) for pattern, value in _nginx_map(name))
    return next((match[value] for match, value in found if match), None)


@pytest.mark.parametrize("url", URLS)
def test_neither_proxy_logs_a_token(url: str) -> None:
    url = url.replace("TOKEN", TOKEN)
    [rule] = re.findall(r'request>uri regexp "(.+?)" "\$1"', DEPLOY)
    logged = re.sub(rule, r"\1", url)
    for path in (_mapped("logged_path", url) or "/-", logged):
        assert TOKEN not in path
        assert path.count("/") <= 1


def test_proxies_still_log_which_route_it_was() -> None:
    assert _mapped("logged_path", f"/mcp/{TOKEN}") == "/mcp"
    assert _mapped("logged_path", "/integrated-account?limit=2") == "/integrated-account"


def test_a_stream_and_its_messages_go_to_one_replica() -> None:
    stream = _mapped("replica", f"/sse/{TOKEN}")
    # nginx matches the path alone here.
    assert stream == _mapped("replica", f"/messages/{TOKEN}/") == TOKEN
    assert _mapped("replica", f"/mcp/{TOKEN}") is None
    [pattern] = re.findall(r"path_regexp legacy (\S+)", DEPLOY)
    paths = (f"/sse/{TOKEN}", f"/messages/{TOKEN}/")
    found = [re.match(pattern, path) for path in paths]
    assert [match and match[2] for match in found] == [TOKEN, TOKEN]


def test_a_backup_of_a_running_store_has_all_and_opens_with_its_keys_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def api_token(data: Path, *words: str) -> Ran:
        return run_here("api-token", *words, "--data-dir", str(data), capsys=capsys)

    data, copy, plain = (tmp_path / name for name in ("data", "copy", "plain.db"))
    first = api_token(data, "create", "--name", "first", "--json").json
    running = sqlite3.connect(data / "vapi-mcp.db", isolation_level=None)
    running.execute("BEGIN")
    running.execute("SELECT count(*) FROM api_tokens").fetchone()
    # In a process of its own: SQLite's locks belong to processes.
    words = ("api-token", "create", "--name", "second", "--json", "--data-dir", str(data))
    second = asyncio.run(run(*words)).json
    copy.mkdir(mode=0o700)
    _back_up(data / "vapi-mcp.db", copy / "vapi-mcp.db")
    shutil.copy(data / "vapi-mcp.db", plain)
    running.close()
    assert _count(plain) == 1  # why the page warns of it
    assert "encryption.keys is missing" in api_token(copy, "list").complaint
    shutil.copy(data / "encryption.keys", copy)
    kept = api_token(copy, "list", "--json").json
    assert [each["id"] for each in kept] == [second["id"], first["id"]]


def _count(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        return connection.execute("SELECT count(*) FROM api_tokens").fetchone()[0]
    finally:
        connection.close()


def _back_up(database: Path, copy: Path) -> None:
    """Run the page's own line."""
    [line] = [x for b in fences(DEPLOY, "sh") for x in b.splitlines() if "VACUUM" in x]
    python, flag, program = shlex.split(line)
    assert (python, flag) == ("python3", "-c")
    program = program.replace("/var/lib/vapi-mcp/vapi-mcp.db", str(database))
    subprocess.run(  # noqa: S603 - the page's own
        [sys.executable, flag, program.replace("/backup/vapi-mcp.db", str(copy))], check=True
    )
